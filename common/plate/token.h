// Tokens on plates: 8 random Crockford characters and a check character, "K3P09XWDR", shown as "K3P0-9XWD-R". A plate's
// QR code holds a short public address that ends in the token, so that the caretaker's tablet finds the asset without a
// network and a villager's phone opens the public page. Pure and thread-safe except where it says otherwise.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/clock.h"

namespace guanhu::plate {

// Of the lowest 40 bits. The check is a sum over the field of 32 elements with a different weight for each place: any
// one wrong character and any two exchanged ones are found.
std::string TokenOf(uint64_t bits);

// Of 40 random bits. Among 250,000 plates two are alike with a chance of 3 %: whoever issues tokens must look whether
// the new one is taken. Uses `random`, which is not thread-safe.
std::string NewToken(base::Random& random);

// A token as typed or scanned: spaces and hyphens do not matter, small letters are taken, I and L are 1, O is 0; of an
// address what stands behind the last slash. Gives the 9 characters. Errors: kInvalidArgument for another length, a
// character that is none, or a check that does not fit.
absl::StatusOr<std::string> ParseToken(absl::string_view text);

// "K3P0-9XWD-R" of the 9 characters.
std::string ShowToken(absl::string_view token);

// What the QR code holds: `base_url` ("https://gh.example/q/"), a slash if it has none, and the token. Errors:
// kInvalidArgument for an address that is not http(s), longer than 80 bytes or not plain ASCII, and for a bad token.
absl::StatusOr<std::string> PayloadOf(absl::string_view base_url, absl::string_view token);

}  // namespace guanhu::plate
