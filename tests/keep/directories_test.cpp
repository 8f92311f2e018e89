#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "supervisor/keep/directory_place.h"
#include "supervisor/keep/run_directories.h"
#include "temporary_directory.h"

namespace {

using supervisor::choose_directories;
using supervisor::DirectoryWishes;
using supervisor::instance_key;
using supervisor::private_directory;

struct Variables {
  std::map<std::string, std::string> values;
  const char* operator()(const char* name) const {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : found->second.c_str();
  }
};

TEST(Directories, what_the_configuration_says_comes_first) {
  const TemporaryDirectory directory;
  const DirectoryWishes wishes{directory / "run", directory / "state", "", {"127.0.0.1:8080"}};
  const auto chosen = choose_directories(wishes, Variables{{{"RUNTIME_DIRECTORY", directory / "other"}}});
  EXPECT_EQ(chosen.runtime, directory / "run");
  EXPECT_EQ(chosen.state, directory / "state");
  EXPECT_TRUE(chosen.warnings.empty());
  struct stat status {};
  ASSERT_EQ(::stat(chosen.runtime.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST(Directories, then_those_of_systemd_then_those_of_the_session) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(private_directory(directory.path(), {"one"}));
  const DirectoryWishes wishes{"", "", "/no/config.json", {"127.0.0.1:8080"}};
  const std::string one = directory / "one";
  auto chosen = choose_directories(wishes, Variables{{{"XDG_RUNTIME_DIR", one},
                                                      {"RUNTIME_DIRECTORY", one + ":/other"},
                                                      {"STATE_DIRECTORY", one}}});
  EXPECT_EQ(chosen.runtime, one);
  EXPECT_EQ(chosen.state, one);
  EXPECT_NE(::access((one + "/desktop-streamer").c_str(), F_OK), 0) << "what is not used is not made";
  chosen = choose_directories(wishes, Variables{{{"XDG_RUNTIME_DIR", one}}});
  EXPECT_EQ(chosen.runtime, one + "/desktop-streamer/" + *instance_key(wishes));
  EXPECT_EQ(chosen.state, chosen.runtime + "/state");
}

TEST(Directories, of_others_writable_by_others_or_linked_are_refused_and_told) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(private_directory(directory.path(), {"open"}));
  ASSERT_EQ(::chmod((directory / "open").c_str(), 0770), 0);
  ASSERT_EQ(::symlink("open", (directory / "link").c_str()), 0);
  put_text(directory / "file", "");
  for (const std::string name : {"open", "link", "file"}) {
    const auto refused = private_directory(directory.path(), {name});
    ASSERT_FALSE(refused) << name;
    EXPECT_NE(refused.error().reason.find(directory / name), std::string::npos);
  }
  const auto chosen = choose_directories({directory / "link", "", "", {"127.0.0.1:1"}}, Variables{});
  EXPECT_EQ(chosen.runtime, "");
  EXPECT_EQ(chosen.warnings.size(), 1u);
}

TEST(Directories, two_instances_have_two_names_and_port_0_has_none) {
  const DirectoryWishes one{"", "", "/a.json", {"127.0.0.1:8080"}};
  const DirectoryWishes other_config{"", "", "/b.json", {"127.0.0.1:8080"}};
  const DirectoryWishes other_port{"", "", "/a.json", {"127.0.0.1:8081"}};
  EXPECT_EQ(instance_key(one), instance_key(one));
  EXPECT_NE(instance_key(one), instance_key(other_config));
  EXPECT_NE(instance_key(one), instance_key(other_port));
  EXPECT_FALSE(instance_key({"", "", "/a.json", {"127.0.0.1:0"}}));
}

TEST(DirectoryPlace, gives_back_what_was_left_and_follows_no_link) {
  const TemporaryDirectory directory;
  {
    supervisor::DirectoryPlace place(directory.path());
    const auto fd = place.create("seg-1");
    ASSERT_TRUE(fd);
    ASSERT_EQ(::write(fd->get(), "abc", 3), 3);
    ASSERT_TRUE(place.create("seg-2"));
    place.forget("seg-2");
    place.forget("never there");
  }
  ASSERT_EQ(::symlink("/etc/passwd", (directory / "seg-3").c_str()), 0);
  ASSERT_EQ(::link((directory / "seg-1").c_str(), (directory / "hard").c_str()), 0);
  supervisor::DirectoryPlace place(directory.path());
  EXPECT_TRUE(place.inherited().empty()) << "a file with two names may be somebody else's";
  ::unlink((directory / "hard").c_str());
  const auto left = place.inherited();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left.begin()->first, "seg-1");
}

TEST(DirectoryPlace, replaces_a_planted_link_instead_of_writing_through_it) {
  const TemporaryDirectory directory;
  put_text(directory / "victim", "whole");
  ASSERT_EQ(::symlink((directory / "victim").c_str(), (directory / "seg-1").c_str()), 0);
  supervisor::DirectoryPlace place(directory.path());
  const auto fd = place.create("seg-1");
  ASSERT_TRUE(fd);
  ASSERT_EQ(::write(fd->get(), "x", 1), 1);
  EXPECT_EQ(text_of(directory / "victim"), "whole");
}

}  // namespace
