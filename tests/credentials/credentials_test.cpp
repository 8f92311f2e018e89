#include "supervisor/credentials/credentials.h"

#include <gmock/gmock.h>

#include "supervisor/credentials/encoding.h"

using namespace supervisor;
using testing::HasSubstr;
using testing::Not;

TEST(Encoding, bytes_of_every_length_come_back) {
  const std::string all = [] {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    return bytes;
  }();
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string bytes = all.substr(230, length);
    EXPECT_EQ(from_base64(to_base64(bytes, Base64::Standard), Base64::Standard), bytes);
    EXPECT_EQ(from_base64(to_base64(bytes, Base64::Url), Base64::Url), bytes);
    EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
  }
  EXPECT_EQ(to_base64("user:pass", Base64::Standard), "dXNlcjpwYXNz");
  EXPECT_EQ(from_base64("dXNlcg==", Base64::Standard), "user");
  EXPECT_EQ(from_base64("a-_b", Base64::Standard), std::nullopt);
  EXPECT_EQ(from_base64("a", Base64::Url), std::nullopt);
  EXPECT_EQ(from_base64("ab c", Base64::Url), std::nullopt);
  EXPECT_EQ(from_hex("abc"), std::nullopt);
  EXPECT_EQ(from_hex("zz"), std::nullopt);
}

TEST(Password, is_known_again_by_its_hash_only) {
  const auto text = hash_password("correct horse");
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, Not(HasSubstr("horse")));
  const auto hash = parse_password_hash(*text);
  ASSERT_TRUE(hash) << *text;
  EXPECT_EQ(format_password_hash(*hash), *text);
  EXPECT_TRUE(verify_password("correct horse", *hash));
  EXPECT_FALSE(verify_password("correct hors", *hash));
  EXPECT_FALSE(verify_password("", *hash));
  EXPECT_NE(hash_password("correct horse").value(), *text) << "each hash has its own salt";
}

// RFC 7914, 12: the third vector, of N=2^14.
TEST(Password, the_hash_is_scrypt_as_everybody_computes_it) {
  PasswordHash hash{14, 8, 1, "SodiumChloride", ""};
  hash.digest = from_hex(
                    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                    "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")
                    .value();
  EXPECT_TRUE(verify_password("pleaseletmein", hash));
}

TEST(Password, has_a_length_that_is_allowed) {
  EXPECT_FALSE(hash_password(std::string(password_bytes_min - 1, 'a')));
  EXPECT_TRUE(hash_password(std::string(password_bytes_min, 'a')));
  EXPECT_TRUE(hash_password(std::string(password_bytes_max, 'a')));
  EXPECT_FALSE(hash_password(std::string(password_bytes_max + 1, 'a')));
}

TEST(Password, a_hash_that_would_eat_the_machine_or_is_none_is_refused) {
  const std::string rest = "$c2FsdHNhbHRzYWx0$ZGlnZXN0ZGlnZXN0ZGlnZXN0";
  EXPECT_TRUE(parse_password_hash("$scrypt$ln=14,r=8,p=5" + rest));
  EXPECT_TRUE(parse_password_hash("$scrypt$ln=17,r=8,p=1" + rest)) << "128 MiB";
  for (const std::string& text :
       {std::string(), "secret" + rest, "$scrypt$ln=18,r=8,p=1" + rest, "$scrypt$ln=17,r=9,p=1" + rest,
        "$scrypt$ln=0,r=8,p=1" + rest, "$scrypt$ln=14,r=8,p=17" + rest, "$scrypt$ln=14,r=0,p=1" + rest,
        "$scrypt$ln=14,r=8" + rest, "$scrypt$ln=-1,r=8,p=1" + rest, "$scrypt$ln=99999999999,r=8,p=1" + rest,
        std::string("$scrypt$ln=14,r=8,p=5$c2FsdHNhbHRzYWx0"),
        std::string("$scrypt$ln=14,r=8,p=5$short$ZGln"),
        std::string("$scrypt$ln=14,r=8,p=5$!!!!!!!!!!!!$ZGlnZXN0ZGlnZXN0ZGlnZXN0")}) {
    const auto hash = parse_password_hash(text);
    ASSERT_FALSE(hash) << text;
    EXPECT_THAT(hash.error().reason, HasSubstr("streamer-supervisor passwd"));
  }
}

TEST(Token, is_256_random_bits_kept_as_a_digest) {
  const std::string token = make_token();
  EXPECT_EQ(token.size(), 4u + 43u);
  EXPECT_NE(make_token(), token);
  const std::string hash = hash_token(token);
  EXPECT_THAT(hash, Not(HasSubstr(token)));
  EXPECT_EQ(parse_token_hash(hash).value(), sha256(token));
  for (const std::string& text : {std::string(), token, hash.substr(1), hash.substr(0, hash.size() - 2),
                                  hash + "00", "sha256:" + std::string(64, 'g')})
    EXPECT_FALSE(parse_token_hash(text)) << text;
}

TEST(Account, names_need_no_escape) {
  for (const char* name : {"a", "wall-1", "Ann.B_c@example.org"}) EXPECT_TRUE(is_account_name(name)) << name;
  for (const char* name : {"", "a b", "a:b", "a\n", "\xc3\xa4", "a|b", "\"", "<b>"})
    EXPECT_FALSE(is_account_name(name)) << name;
  EXPECT_TRUE(is_account_name(std::string(account_name_bytes_max, 'a')));
  EXPECT_FALSE(is_account_name(std::string(account_name_bytes_max + 1, 'a')));
}
