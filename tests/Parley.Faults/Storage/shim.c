// Stands between a server and its disk and clock, by LD_PRELOAD. What it does is set by environment variables:
//   SHIM_FOLDER   the data folder, an absolute path without links; its files are the ones meant below
//   SHIM_JOURNAL  a file that gets a record of every write, truncation, sync, removal and renaming, and of every send that
//                 holds an ack, in the order in which they happened
//   SHIM_CONTROL  a file of eight 64-bit numbers that the test changes while the server runs; see struct control
// A sync is recorded when it begins and when it has succeeded: only what was written before its beginning is durable.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE, SYNC_BEGIN, SYNC_END, SYNC_FAILED, UNLINK, RENAME, SEND };

struct control {
  int64_t write_errno;   // what writes fail with; 0: they do not
  int64_t sync_errno;    // what syncs fail with; 0: they do not
  int64_t pass;          // how many of them succeed before one fails
  int64_t times;         // how many fail then
  int64_t failed;        // out: how many have failed
  int64_t clock_offset;  // nanoseconds added to the time of day
  int64_t unused[2];
};

struct record {
  uint32_t kind;
  uint32_t name_length;
  int64_t offset;  // of a write; the new length of a truncation
  int64_t data_length;
};

static struct control none;
static volatile struct control *control = &none;
static int journal = -1;
static char folder[PATH_MAX];
static size_t folder_length;

#define NEXT(result, name, ...) \
  static result (*next)(__VA_ARGS__); \
  if (!next) next = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("SHIM_FOLDER");
  if (path) {
    snprintf(folder, sizeof folder, "%s", path);
    folder_length = strlen(folder);
  }
  if ((path = getenv("SHIM_JOURNAL"))) {
    journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  if ((path = getenv("SHIM_CONTROL"))) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) abort();
    control = map;
    close(fd);
  }
}

static void note(uint32_t kind, const char *name, int64_t offset, const void *data, size_t length) {
  if (journal < 0) return;
  struct record head = {kind, (uint32_t)strlen(name), offset, (int64_t)length};
  struct iovec parts[] = {{&head, sizeof head}, {(void *)name, head.name_length}, {(void *)data, length}};
  if (syscall(SYS_writev, journal, parts, 3) != (long)(sizeof head + head.name_length + length)) abort();
}

// The name inside the data folder, "" for the folder itself, or NULL. The lock and the shared memory need not survive.
static const char *ours(const char *path) {
  if (folder_length == 0 || strncmp(path, folder, folder_length) != 0) return NULL;
  if (path[folder_length] == 0) return "";
  if (path[folder_length] != '/') return NULL;
  const char *name = path + folder_length + 1;
  size_t length = strlen(name);
  if (length > 4 && (strcmp(name + length - 4, "-shm") == 0 || strcmp(name + length - 5, ".lock") == 0)) return NULL;
  return strstr(name, " (deleted)") ? NULL : name;
}

static const char *name_of(int fd, char *path) {
  if (folder_length == 0) return NULL;
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  if (length < 0) return NULL;
  path[length] = 0;
  return ours(path);
}

static int fails(int64_t error) {
  if (error == 0 || control->times == 0) return 0;
  if (control->pass > 0) {
    __atomic_sub_fetch(&control->pass, 1, __ATOMIC_SEQ_CST);
    return 0;
  }
  __atomic_sub_fetch(&control->times, 1, __ATOMIC_SEQ_CST);
  __atomic_add_fetch(&control->failed, 1, __ATOMIC_SEQ_CST);
  errno = (int)error;
  return 1;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
  NEXT(ssize_t, pwrite64, int, const void *, size_t, off64_t);
  char path[PATH_MAX];
  const char *name = name_of(fd, path);
  if (!name) return next(fd, data, length, offset);
  int64_t error = control->write_errno;
  if (fails(error)) {
    // Every second failure has written half of it.
    ssize_t half = control->failed % 2 ? 0 : next(fd, data, length / 2, offset);
    if (half > 0) note(WRITE, name, offset, data, (size_t)half);
    errno = (int)error;
    return -1;
  }
  ssize_t written = next(fd, data, length, offset);
  if (written > 0) note(WRITE, name, offset, data, (size_t)written);
  return written;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return pwrite64(fd, data, length, offset); }

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  ssize_t all = 0;
  for (int i = 0; i < count; i++) {
    ssize_t one = pwrite64(fd, parts[i].iov_base, parts[i].iov_len, offset + all);
    if (one < 0) return all > 0 ? all : one;
    all += one;
    if ((size_t)one < parts[i].iov_len) break;
  }
  return all;
}

ssize_t write(int fd, const void *data, size_t length) {
  NEXT(ssize_t, write, int, const void *, size_t);
  char path[PATH_MAX];
  if (!name_of(fd, path)) return next(fd, data, length);
  off64_t at = lseek64(fd, 0, SEEK_CUR);
  ssize_t written = pwrite64(fd, data, length, at);
  if (written > 0) lseek64(fd, at + written, SEEK_SET);
  return written;
}

int ftruncate64(int fd, off64_t length) {
  NEXT(int, ftruncate64, int, off64_t);
  char path[PATH_MAX];
  const char *name = name_of(fd, path);
  int64_t error = control->write_errno;
  if (name && fails(error)) return -1;
  int result = next(fd, length);
  if (name && result == 0) note(TRUNCATE, name, length, NULL, 0);
  return result;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int sync_by(int (*next)(int), int fd) {
  char path[PATH_MAX];
  const char *name = name_of(fd, path);
  if (!name) return next(fd);
  int64_t error = control->sync_errno;
  if (fails(error)) {
    note(SYNC_FAILED, name, 0, NULL, 0);
    errno = (int)error;
    return -1;
  }
  note(SYNC_BEGIN, name, 0, NULL, 0);
  int result = next(fd);
  if (result == 0) note(SYNC_END, name, 0, NULL, 0);
  return result;
}

int fsync(int fd) {
  NEXT(int, fsync, int);
  return sync_by(next, fd);
}

int fdatasync(int fd) {
  NEXT(int, fdatasync, int);
  return sync_by(next, fd);
}

int unlink(const char *path) {
  NEXT(int, unlink, const char *);
  int result = next(path);
  const char *name = ours(path);
  if (name && result == 0) note(UNLINK, name, 0, NULL, 0);
  return result;
}

int rename(const char *from, const char *to) {
  NEXT(int, rename, const char *, const char *);
  int result = next(from, to);
  const char *old = ours(from), *new = ours(to);
  if (old && new && result == 0) note(RENAME, old, 0, new, strlen(new));
  return result;
}

// An ack that leaves is recorded before it leaves.
static void note_ack(const void *data, size_t length) {
  if (journal >= 0 && memmem(data, length, "\"t\":\"ok\"", 8)) note(SEND, "", 0, data, length);
}

ssize_t send(int fd, const void *data, size_t length, int flags) {
  NEXT(ssize_t, send, int, const void *, size_t, int);
  note_ack(data, length);
  return next(fd, data, length, flags);
}

// The server takes its send from libc itself, which would pass this one by.
void *dlsym(void *library, const char *name) {
  static void *(*next)(void *, const char *);
  if (!next) next = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
  return library != RTLD_NEXT && strcmp(name, "send") == 0 ? (void *)send : next(library, name);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  NEXT(ssize_t, sendmsg, int, const struct msghdr *, int);
  for (size_t i = 0; i < message->msg_iovlen; i++) note_ack(message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
  return next(fd, message, flags);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  NEXT(int, clock_gettime, clockid_t, struct timespec *);
  int result = next(clock, now);
  int64_t offset = control->clock_offset;
  if (result == 0 && offset != 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    int64_t nanoseconds = now->tv_nsec + offset % 1000000000;
    now->tv_sec += offset / 1000000000 + (nanoseconds < 0 ? -1 : nanoseconds / 1000000000);
    now->tv_nsec = (nanoseconds + 1000000000) % 1000000000;
  }
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec precise;
  int result = clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return result;
}

time_t time(time_t *into) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (into) *into = now.tv_sec;
  return now.tv_sec;
}
