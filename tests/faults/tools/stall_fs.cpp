// stall_fs FOLDER: a filesystem of one folder whose files take every name and never answer a WRITE, so that
// the writer waits in the kernel where no signal reaches it (process state D; faults P12, P14, D07). Prints
// "mounted". Its own end lets the writers go with an error: the kernel aborts the connection. Needs root and
// /dev/fuse.
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#define FUSE_USE_VERSION 34
#include <fuse3/fuse_lowlevel.h>

namespace {

constexpr double valid_seconds = 1;
std::vector<std::string> names;  // of files; inode = index + 2

bool is_known(fuse_ino_t inode) {
  return inode == FUSE_ROOT_ID || inode - 2 < names.size();
}

struct stat facts_of(fuse_ino_t inode) {
  struct stat facts {};
  facts.st_ino = inode;
  facts.st_mode = inode == FUSE_ROOT_ID ? (S_IFDIR | 0755) : (S_IFREG | 0644);
  facts.st_nlink = 1;
  return facts;
}

fuse_entry_param entry_of(fuse_ino_t inode) {
  fuse_entry_param entry{};
  entry.ino = inode;
  entry.attr = facts_of(inode);
  entry.attr_timeout = entry.entry_timeout = valid_seconds;
  return entry;
}

void lookup(fuse_req_t request, fuse_ino_t, const char* name) {
  for (std::size_t at = 0; at < names.size(); ++at) {
    if (names[at] != name) continue;
    const auto entry = entry_of(at + 2);
    fuse_reply_entry(request, &entry);
    return;
  }
  fuse_reply_err(request, ENOENT);
}

void getattr(fuse_req_t request, fuse_ino_t inode, fuse_file_info*) {
  const struct stat facts = facts_of(inode);
  if (is_known(inode)) {
    fuse_reply_attr(request, &facts, valid_seconds);
  } else {
    fuse_reply_err(request, ENOENT);
  }
}

void setattr(fuse_req_t request, fuse_ino_t inode, struct stat*, int, fuse_file_info* file) {
  getattr(request, inode, file);
}

void create(fuse_req_t request, fuse_ino_t, const char* name, mode_t, fuse_file_info* file) {
  names.emplace_back(name);
  file->direct_io = 1;
  const auto entry = entry_of(names.size() + 1);
  fuse_reply_create(request, &entry, file);
}

void open_file(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
  file->direct_io = 1;
  fuse_reply_open(request, file);
}

void write_never(fuse_req_t, fuse_ino_t, const char*, std::size_t, off_t, fuse_file_info*) {}

void read_nothing(fuse_req_t request, fuse_ino_t, std::size_t, off_t, fuse_file_info*) {
  fuse_reply_buf(request, nullptr, 0);
}

void list(fuse_req_t request, fuse_ino_t, std::size_t, off_t, fuse_file_info*) {
  fuse_reply_buf(request, nullptr, 0);
}

fuse_lowlevel_ops operations() {
  fuse_lowlevel_ops ops{};
  ops.lookup = lookup;
  ops.getattr = getattr;
  ops.setattr = setattr;
  ops.create = create;
  ops.open = open_file;
  ops.write = write_never;
  ops.read = read_nothing;
  ops.readdir = list;
  return ops;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  char* arguments[] = {argv[0], nullptr};
  fuse_args args = FUSE_ARGS_INIT(1, arguments);
  const auto ops = operations();
  fuse_session* session = fuse_session_new(&args, &ops, sizeof ops, nullptr);
  if (session == nullptr || fuse_session_mount(session, argv[1]) != 0) {
    std::perror("stall_fs FOLDER");
    return 1;
  }
  std::puts("mounted");
  std::fflush(stdout);
  const int result = fuse_session_loop(session);
  fuse_session_unmount(session);
  fuse_session_destroy(session);
  return result == 0 ? 0 : 1;
}
