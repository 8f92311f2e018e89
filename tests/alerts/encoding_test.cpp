#include "supervisor/alerts/encoding.h"

#include <gtest/gtest.h>

namespace supervisor {
namespace {

TEST(Encoding, base64_of_the_test_vectors) {  // RFC 4648, section 10
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

TEST(Encoding, hmac_of_the_test_vectors) {  // RFC 4231, test case 2; the others by Python's hmac
  EXPECT_EQ(hmac_sha256_hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_sha256_hex("", ""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Encoding, a_signature_covers_time_and_body) {
  EXPECT_EQ(webhook_signature("k3y", 1764000000, "{\"a\":1}"),
            "sha256=aa991615c252f01dce7dee5457365144a09f47d9dab9465acc436269542bf014");
  EXPECT_NE(webhook_signature("k3y", 1764000001, "{\"a\":1}"),
            webhook_signature("k3y", 1764000000, "{\"a\":1}"));
}

}  // namespace
}  // namespace supervisor
