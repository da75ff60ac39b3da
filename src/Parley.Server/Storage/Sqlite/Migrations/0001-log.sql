-- The file announces itself: 0x5061726C is 'Parl'.
PRAGMA application_id = 0x5061726C;

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE users (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL UNIQUE,
    role       TEXT    NOT NULL,
    created_ts INTEGER NOT NULL
) STRICT;

CREATE TABLE rooms (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    title      TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    head       INTEGER NOT NULL,
    floor      INTEGER NOT NULL,
    created_ts INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
    room_id   INTEGER NOT NULL REFERENCES rooms (id),
    user_id   INTEGER NOT NULL REFERENCES users (id),
    joined_ts INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE events (
    id      INTEGER PRIMARY KEY,
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    seq     INTEGER NOT NULL,
    ts      INTEGER NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id),
    kind    TEXT    NOT NULL,
    cid     TEXT,
    text    TEXT,
    data    TEXT,
    UNIQUE (room_id, seq)
) STRICT;

CREATE UNIQUE INDEX events_by_cid ON events (cid, user_id) WHERE cid IS NOT NULL;

CREATE VIEW v_events (id, room, seq, time, user, kind, cid, text, data) AS
SELECT e.id, r.name, e.seq, strftime('%Y-%m-%dT%H:%M:%fZ', e.ts / 1000.0, 'unixepoch'), u.name, e.kind, e.cid, e.text, e.data
FROM events e JOIN rooms r ON r.id = e.room_id JOIN users u ON u.id = e.user_id;

CREATE VIEW v_messages (room, seq, time, user, text) AS
SELECT room, seq, time, user, text FROM v_events WHERE kind = 'msg';

CREATE VIEW v_rooms (room, title, kind, head, floor, members, created) AS
SELECT r.name, r.title, r.kind, r.head, r.floor,
       (SELECT count(*) FROM members m WHERE m.room_id = r.id),
       strftime('%Y-%m-%dT%H:%M:%fZ', r.created_ts / 1000.0, 'unixepoch')
FROM rooms r;

CREATE VIEW v_members (room, user, role, joined) AS
SELECT r.name, u.name, u.role, strftime('%Y-%m-%dT%H:%M:%fZ', m.joined_ts / 1000.0, 'unixepoch')
FROM members m JOIN rooms r ON r.id = m.room_id JOIN users u ON u.id = m.user_id;

INSERT INTO meta (key, value) VALUES ('epoch', lower(hex(randomblob(8))));

INSERT INTO rooms (id, name, title, kind, head, floor, created_ts)
VALUES (1, 'lobby', 'Lobby', 'public', 0, 1, CAST(unixepoch('subsec') * 1000 AS INTEGER));
