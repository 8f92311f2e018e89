// Certificates made by libcrypto itself; those of openssl's program are in tests/system/alerts_test.py.
#include "supervisor/alerts/certificate_file.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <filesystem>
#include <fstream>
#include <memory>

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class CertificateFile : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  // A certificate from `begin` to `end`, seconds of 1970.
  static std::string certificate(std::int64_t begin, std::int64_t end) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
    ASN1_TIME_set(X509_getm_notBefore(made.get()), begin);
    ASN1_TIME_set(X509_getm_notAfter(made.get()), end);
    X509_set_pubkey(made.get(), key.get());
    EXPECT_GT(X509_sign(made.get(), key.get(), EVP_sha256()), 0);
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    EXPECT_EQ(PEM_write_bio_X509(out.get(), made.get()), 1);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
  }
  common::Result<CertificateTerm> term_of(const std::string& text) {
    std::ofstream(path_) << text;
    return read_certificate_term(path_);
  }
  static std::int64_t seconds(WallTime at) { return at.time_since_epoch() / 1s; }

  const std::string path_ = testing::TempDir() + "certificate_file_test.pem";
};

TEST_F(CertificateFile, of_several_the_shortest_common_term_counts) {
  const auto one = term_of(certificate(1'000'000, 2'000'000));
  ASSERT_TRUE(one) << one.error().reason;
  EXPECT_EQ(seconds(one->begin), 1'000'000);
  EXPECT_EQ(seconds(one->end), 2'000'000);
  const auto chain =
      term_of(certificate(1'000'000, 4'000'000'000) + "a line between\n" + certificate(1'500'000, 3'000'000));
  ASSERT_TRUE(chain) << chain.error().reason;
  EXPECT_EQ(seconds(chain->begin), 1'500'000);
  EXPECT_EQ(seconds(chain->end), 3'000'000);
}

TEST_F(CertificateFile, what_is_none_is_an_error_that_names_the_file) {
  for (const std::string text :
       {"", "nothing\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    const auto refused = term_of(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_THAT(refused.error().reason, HasSubstr(path_));
  }
  std::string damaged = certificate(1'000'000, 2'000'000);
  const auto good = damaged;
  damaged[100] = '!';
  EXPECT_FALSE(term_of(damaged));
  EXPECT_FALSE(term_of(good + damaged)) << "the chain is not whole";
  EXPECT_FALSE(term_of(std::string(certificate_file_bytes_max + 1, 'x')));
  std::filesystem::remove(path_);
  EXPECT_FALSE(read_certificate_term(path_));
}

}  // namespace
}  // namespace supervisor
