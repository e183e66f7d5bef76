#include "common/plate/token.h"

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace guanhu::plate {
namespace {

using ::testing::HasSubstr;

constexpr char kChars[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

class Count : public base::Random {
 public:
  uint64_t Next64() override { return state_ = state_ * 6364136223846793005u + 1442695040888963407u; }

 private:
  uint64_t state_ = 3;
};

TEST(Token, GoesThereAndBack) {
  Count random;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = NewToken(random);
    ASSERT_EQ(token.size(), 9u);
    EXPECT_EQ(ParseToken(token).value(), token);
  }
  EXPECT_EQ(TokenOf(0), "000000000");
  EXPECT_EQ(TokenOf(~uint64_t{0}), TokenOf((uint64_t{1} << 40) - 1));
}

TEST(Token, EveryWrongCharacterIsFound) {
  Count random;
  for (int i = 0; i < 50; ++i) {
    const std::string token = NewToken(random);
    for (size_t at = 0; at < token.size(); ++at) {
      for (char c : std::string(kChars)) {
        std::string typo = token;
        typo[at] = c;
        EXPECT_EQ(ParseToken(typo).ok(), c == token[at]) << token << " " << typo;
      }
    }
  }
}

TEST(Token, EveryExchangeOfTwoCharactersIsFound) {
  Count random;
  for (int i = 0; i < 200; ++i) {
    const std::string token = NewToken(random);
    for (size_t a = 0; a < token.size(); ++a) {
      for (size_t b = a + 1; b < token.size(); ++b) {
        std::string typo = token;
        std::swap(typo[a], typo[b]);
        EXPECT_EQ(ParseToken(typo).ok(), typo == token) << token << " " << typo;
      }
    }
  }
}

TEST(Token, AsPeopleTypeIt) {
  const std::string token = TokenOf(0x0123456789);
  std::string typed;
  for (char c : ShowToken(token)) {
    typed += c == '0' ? 'o' : c == '1' ? 'l' : static_cast<char>(std::tolower(c));
  }
  EXPECT_EQ(ParseToken(" " + typed + " ").value(), token);
  EXPECT_EQ(ParseToken("https://gh.example/q/" + token).value(), token);
  EXPECT_EQ(ParseToken("http://gh.example/q/" + token + "/?from=poster#x").value(), token);
  EXPECT_THAT(std::string(ParseToken("").status().message()), HasSubstr("another length"));
  EXPECT_THAT(std::string(ParseToken("1234U5678").status().message()), HasSubstr("plates do not have"));
  EXPECT_FALSE(ParseToken("https://gh.example/").ok());
}

TEST(Payload, IsTheAddressAndTheToken) {
  const std::string token = TokenOf(7);
  EXPECT_EQ(PayloadOf("https://gh.example/q", token).value(), "https://gh.example/q/" + token);
  EXPECT_EQ(PayloadOf("https://gh.example/q/", token).value(), "https://gh.example/q/" + token);
  for (const char* bad : {"ftp://x/", "gh.example", "https://介休.example/", "https://x/?t=", "https://x y/"}) {
    EXPECT_FALSE(PayloadOf(bad, token).ok()) << bad;
  }
  EXPECT_FALSE(PayloadOf("https://gh.example/q/", "ABCDEFGHJ").ok() &&
               PayloadOf("https://gh.example/q/", "ABCDEFGHK").ok());
}

}  // namespace
}  // namespace guanhu::plate
