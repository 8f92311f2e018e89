// The real files: unreadable, writable by others, missing.
#include "supervisor/config/load.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/config/config_test.h"
#include "tests/support/certificate.h"

using supervisor::load_config;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

class ConfigFile : public testing::Test {
 protected:
  ConfigFile() {
    folder_ = (std::filesystem::temp_directory_path() / "config_test_XXXXXX").string();
    if (!::mkdtemp(folder_.data())) throw std::runtime_error("mkdtemp");
    path_ = folder_ + "/config.json";
  }
  ~ConfigFile() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& text, mode_t mode) {
    std::ofstream(path_) << text;
    ::chmod(path_.c_str(), mode);
  }
  Lines errors() {
    const auto outcome = load_config(path_);
    return outcome ? Lines{} : lines_of(outcome.error());
  }

  std::string folder_;
  std::string path_;
};

}  // namespace

TEST_F(ConfigFile, is_loaded) {
  write(R"({"streams": [{"name": "a"}]})", 0640);
  const auto outcome = load_config(path_);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->config.streams[0].name, "a");
}

TEST_F(ConfigFile, that_is_missing_is_named_with_the_option) {
  EXPECT_THAT(errors(), ElementsAre(path_ + ": there is no such file; name another one with --config FILE"));
}

TEST_F(ConfigFile, that_is_a_folder_is_refused) {
  path_ = folder_;
  EXPECT_THAT(errors(), ElementsAre(path_ + ": is not a regular file; name another one with --config FILE"));
}

TEST_F(ConfigFile, that_everybody_may_write_is_refused_with_the_fix) {
  write(R"({"streams": [{"name": "a"}]})", 0666);
  EXPECT_THAT(errors(),
              ElementsAre(path_ +
                          ": everybody on this machine may write it, and so decide what is streamed to whom; "
                          "fix: chmod o-w '" +
                          path_ + "'"));
  ::chmod(path_.c_str(), 0664);
  EXPECT_THAT(errors(), ElementsAre());
}

TEST_F(ConfigFile, that_may_not_be_read_is_refused_with_the_fix) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  write("{}", 0000);
  EXPECT_THAT(errors(),
              ElementsAre(path_ +
                          ": this user may not read it; fix: give its group to the user of the service, or "
                          "chmod a+r '" +
                          path_ + "'"));
}

TEST_F(ConfigFile, that_is_too_large_is_refused) {
  write(std::string(supervisor::config_bytes_max + 1, ' '), 0644);
  EXPECT_THAT(errors(), ElementsAre(path_ + ": is larger than 1048576 bytes"));
}

TEST_F(ConfigFile, of_the_watchdog_goes_over_the_first_one) {
  write(R"({"check_interval": 30, "max_alerts": 3})", 0644);
  supervisor::LoadedConfig base;
  base.config.streams[0].name = "kept";
  const auto outcome = supervisor::load_watchdog(path_, base);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->config.streams[0].name, "kept");
  EXPECT_EQ(outcome->config.monitoring.check_interval, supervisor::Milliseconds(30'000));
  EXPECT_EQ(outcome->config.alerts.max_alerts, 3);
}

namespace {

// Certificate and key as files, named by a configuration.
class TlsConfig : public ConfigFile {
 protected:
  void write_pair(const std::string& certificate, const std::string& key, mode_t key_mode = 0600) {
    write_file(certificate_, certificate, 0644);
    write_file(key_, key, key_mode);
    write(R"({"streams": [{"name": "a"}], "server": {"tls": {"certificate": ")" + certificate_ +
              R"(", "key": ")" + key_ + "\"}}}",
          0640);
  }
  static void write_file(const std::string& path, const std::string& text, mode_t mode) {
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
  }
  std::string problem(const std::string& text) { return path_ + ":1: /server/tls: " + text; }

  std::string certificate_ = folder_ + "/certificate.pem";
  std::string key_ = folder_ + "/key.pem";
  TestCertificate one_;
};

}  // namespace

TEST_F(TlsConfig, that_fits_is_taken) {
  write_pair(one_.certificate, one_.key);
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_THAT(load_config(path_)->warnings, IsEmpty());
}

TEST_F(TlsConfig, whose_key_is_of_another_certificate_is_refused) {
  write_pair(one_.certificate, TestCertificate().key);
  EXPECT_THAT(errors(), ElementsAre(problem(key_ + ": is not the key of the certificate in " + certificate_ +
                                            "; name the two that were made together")));
}

TEST_F(TlsConfig, whose_key_others_may_read_or_change_is_refused_with_the_fix) {
  for (const mode_t mode : {0604u, 0644u, 0620u}) {
    write_pair(one_.certificate, one_.key, mode);
    EXPECT_THAT(errors(),
                ElementsAre(problem(key_ + " can be read or changed by others: chmod 0600 it (0640 when "
                                           "its group is the service's)")))
        << mode;
  }
  write_pair(one_.certificate, one_.key, 0640);
  EXPECT_THAT(errors(), IsEmpty());
}

TEST_F(TlsConfig, that_is_no_pem_or_missing_names_the_file) {
  write_pair("no certificate", one_.key);
  EXPECT_THAT(errors(), ElementsAre(testing::HasSubstr(certificate_ + ": holds no certificate (PEM)")));
  write_pair(one_.certificate, "no key");
  EXPECT_THAT(errors(), ElementsAre(testing::HasSubstr(key_ + ": holds no private key")));
  write_pair(one_.certificate, one_.key);
  std::filesystem::remove(certificate_);
  EXPECT_THAT(errors(), ElementsAre(testing::HasSubstr(certificate_)));
}

TEST_F(TlsConfig, that_clients_will_refuse_is_warned_of) {
  const TestCertificate expired(-7200, -3600), early(3600, 7200);
  for (const auto& [pair, why] :
       {std::pair(expired, "has expired on"), std::pair(early, "is not valid before")}) {
    write_pair(pair.certificate, pair.key);
    EXPECT_THAT(errors(), IsEmpty());
    EXPECT_THAT(lines_of(load_config(path_)->warnings),
                ElementsAre(testing::AllOf(testing::HasSubstr("/server/tls: warning: " + certificate_),
                                           testing::HasSubstr(why))));
  }
}
