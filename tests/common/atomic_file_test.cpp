#include "common/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

using common::read_file;
using common::write_atomically;
namespace fs = std::filesystem;

namespace {

class AtomicFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "atomic-file-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/file";
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string folder_, path_;
};

TEST_F(AtomicFile, replaces_the_old_text_and_leaves_nothing_beside) {
  ASSERT_TRUE(write_atomically(path_, std::string("old"), 0600));
  const auto mask = ::umask(0077);
  ASSERT_TRUE(write_atomically(path_, std::string("new text"), 0640, true));
  ::umask(mask);
  EXPECT_EQ(read_file(path_, 100).value(), "new text");
  struct stat status {};
  ::stat(path_.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(AtomicFile, a_failure_keeps_the_old_file) {
  ASSERT_TRUE(write_atomically(path_, std::string("old"), 0600));
  fs::create_directory(path_ + ".tmp");  // the temporary name is taken by something that cannot be replaced
  const auto written = write_atomically(path_, std::string("new"), 0600);
  ASSERT_FALSE(written);
  EXPECT_EQ(read_file(path_, 100).value(), "old");
}

TEST_F(AtomicFile, a_link_under_the_temporary_name_is_not_followed) {
  std::ofstream(folder_ + "/victim") << "precious";
  fs::create_symlink(folder_ + "/victim", path_ + ".tmp");
  ASSERT_TRUE(write_atomically(path_, std::string("new"), 0600));
  EXPECT_EQ(read_file(folder_ + "/victim", 100).value(), "precious");
  EXPECT_FALSE(fs::is_symlink(path_));
}

TEST_F(AtomicFile, the_limit_is_read_and_one_byte_more_is_refused) {
  ASSERT_TRUE(write_atomically(path_, std::string(100, 'x'), 0600));
  EXPECT_TRUE(read_file(path_, 100));
  EXPECT_FALSE(read_file(path_, 99));
}

TEST_F(AtomicFile, what_cannot_be_read_says_why) {
  EXPECT_EQ(read_file(path_, 10).error().system_errno, ENOENT);
  EXPECT_EQ(read_file(folder_, 10).error().system_errno, EISDIR);
}

}  // namespace
