-- Lets altered rows be found; see "Altered rows" in docs/storage.md.
ALTER TABLE events ADD COLUMN hash BLOB;
ALTER TABLE events ADD COLUMN digest BLOB;
ALTER TABLE rooms ADD COLUMN hash BLOB;
ALTER TABLE rooms ADD COLUMN seal BLOB;
ALTER TABLE users ADD COLUMN seal BLOB;
ALTER TABLE meta ADD COLUMN seal BLOB;
