#include "common/sheet/workbook.h"

#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/sheet/xml_text.h"

namespace guanhu::sheet {
namespace {

constexpr uint64_t kSmallPartMax = 8 * 1024 * 1024;
constexpr size_t kStringMax = 1024 * 1024;
constexpr size_t kStylesMax = 65'536;

struct Relation {
  std::string type;  // last word of its address
  std::string part;
};

absl::Status NotAWorkbook(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("the file is no readable .xlsx workbook (", what, "); open it and save it as .xlsx or CSV"));
}

absl::Status Load(const ZipParts& parts, const std::string& part, pugi::xml_document& document) {
  GUANHU_ASSIGN_OR_RETURN(const std::string xml, parts.Whole(part, kSmallPartMax));
  if (!LoadXml(document, xml)) return NotAWorkbook(absl::StrCat("part ", part, " is no XML"));
  return absl::OkStatus();
}

std::string FolderOf(const std::string& part) {
  const size_t slash = part.rfind('/');
  return slash == std::string::npos ? "" : part.substr(0, slash + 1);
}

absl::StatusOr<std::map<std::string, Relation>> Relations(const ZipParts& parts, const std::string& of) {
  const std::string folder = FolderOf(of);
  pugi::xml_document document;
  GUANHU_RETURN_IF_ERROR(Load(parts, absl::StrCat(folder, "_rels/", of.substr(folder.size()), ".rels"), document));
  std::map<std::string, Relation> out;
  for (const pugi::xml_node& r : document.document_element().children()) {
    const absl::string_view type = r.attribute("Type").value();
    const std::string target = r.attribute("Target").value();
    const std::string part = absl::StartsWith(target, "/") ? target.substr(1) : folder + target;
    out[r.attribute("Id").value()] = {std::string(type.substr(type.rfind('/') + 1)), part};
  }
  return out;
}

// Formats that have a number but no code, in the file format's list; 27 to 58 are the East Asian ones.
Shown ShownById(int id) {
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || (id >= 57 && id <= 58))
    return Shown::kDay;
  if ((id >= 18 && id <= 22) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) || (id >= 55 && id <= 56))
    return Shown::kTime;
  return Shown::kNumber;
}

absl::Status ReadStyles(const ZipParts& parts, const std::string& part, Workbook& out) {
  pugi::xml_document document;
  GUANHU_RETURN_IF_ERROR(Load(parts, part, document));
  const pugi::xml_node root = document.document_element();
  std::map<int, Shown> formats;
  for (const pugi::xml_node& f : Child(root, "numFmts").children()) {
    formats[f.attribute("numFmtId").as_int()] = ShownBy(f.attribute("formatCode").value());
  }
  for (const pugi::xml_node& x : Child(root, "cellXfs").children()) {
    if (!Is(x, "xf")) continue;
    const int id = x.attribute("numFmtId").as_int();
    const auto found = formats.find(id);
    out.styles.push_back(found == formats.end() ? ShownById(id) : found->second);
    if (out.styles.size() > kStylesMax) return NotAWorkbook("it has too many cell styles");
  }
  return absl::OkStatus();
}

// Reads _xHHHH_ at `at`; 0 if there is none.
uint32_t EscapeAt(absl::string_view text, size_t at) {
  if (text.size() < at + 7 || text[at] != '_' || text[at + 1] != 'x' || text[at + 6] != '_') return 0;
  uint32_t code = 0;
  return absl::SimpleHexAtoi(text.substr(at + 2, 4), &code) ? code : 0;
}

std::string Unescaped(absl::string_view text) {
  if (text.find("_x") == absl::string_view::npos) return std::string(text);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const uint32_t code = EscapeAt(text, i);
    // Programs escape control characters and the underscore itself; anything else is text that looks like it.
    if (code == 0 || code >= 0x80) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(code);
    i += 6;
  }
  return out;
}

}  // namespace

std::string RichText(const pugi::xml_node& node) {
  std::string out;
  for (const pugi::xml_node& part : node.children()) {
    if (Is(part, "t")) {
      for (const pugi::xml_node& piece : part.children()) out += piece.value();
    } else if (Is(part, "r")) {
      for (const pugi::xml_node& piece : Child(part, "t").children()) out += piece.value();
    }
  }
  return Unescaped(out);
}

Shown ShownBy(absl::string_view code) {
  bool day = false, time = false;
  for (size_t i = 0; i < code.size(); ++i) {
    const char c = absl::ascii_tolower(static_cast<unsigned char>(code[i]));
    if (c == ';') break;  // what follows is for negative numbers and text
    if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '"') {
      i = std::min(code.find('"', i + 1), code.size());
    } else if (c == '[') {
      const size_t end = std::min(code.find(']', i), code.size());
      const std::string inner = absl::AsciiStrToLower(code.substr(i + 1, end - i - 1));
      time = time || inner == "h" || inner == "hh" || inner == "m" || inner == "mm" || inner == "s" || inner == "ss";
      i = end;
    } else if (absl::StartsWithIgnoreCase(code.substr(i), "general")) {
      return Shown::kNumber;
    } else {
      day = day || c == 'y' || c == 'd' || c == 'm';
      time = time || c == 'h' || c == 's';
    }
  }
  return time ? Shown::kTime : day ? Shown::kDay : Shown::kNumber;
}

absl::StatusOr<Workbook> ReadWorkbook(const ZipParts& parts) {
  std::string book = "xl/workbook.xml";
  if (parts.Has("_rels/.rels")) {
    GUANHU_ASSIGN_OR_RETURN(const auto top, Relations(parts, ""));
    for (const auto& [id, relation] : top) {
      if (relation.type == "officeDocument") book = relation.part;
    }
  }
  if (!parts.Has(book)) return NotAWorkbook("it holds no workbook");
  pugi::xml_document document;
  GUANHU_RETURN_IF_ERROR(Load(parts, book, document));
  GUANHU_ASSIGN_OR_RETURN(const auto relations, Relations(parts, book));
  const pugi::xml_node root = document.document_element();
  Workbook out;
  out.from_1904 = Attribute(Child(root, "workbookPr"), "date1904").as_bool();
  for (const pugi::xml_node& s : Child(root, "sheets").children()) {
    const auto found = relations.find(Attribute(s, "id").value());
    if (found == relations.end() || found->second.type != "worksheet") continue;
    out.sheets.push_back({s.attribute("name").value(), found->second.part,
                          absl::string_view(s.attribute("state").value()).find("idden") != absl::string_view::npos});
  }
  if (out.sheets.empty()) return NotAWorkbook("it has no sheet with cells");
  for (const auto& [id, relation] : relations) {
    if (relation.type == "sharedStrings" && parts.Has(relation.part)) out.strings_part = relation.part;
    if (relation.type == "styles" && parts.Has(relation.part)) {
      GUANHU_RETURN_IF_ERROR(ReadStyles(parts, relation.part, out));
    }
  }
  return out;
}

absl::StatusOr<std::vector<std::string>> ReadStrings(const ZipParts& parts, const std::string& part, uint64_t most) {
  std::vector<std::string> out;
  if (part.empty()) return out;
  GUANHU_ASSIGN_OR_RETURN(std::unique_ptr<ZipPart> stream, parts.Stream(part, most));
  ElementReader elements(std::move(stream), "si", kStringMax);
  pugi::xml_document document;
  uint64_t bytes = 0;
  for (;;) {
    absl::string_view element;
    GUANHU_ASSIGN_OR_RETURN(const bool more, elements.Next(element));
    if (!more) return out;
    if (!LoadXml(document, element)) return NotAWorkbook("one of its texts is no XML");
    out.push_back(RichText(document.document_element()));
    // An empty text of 5 bytes of XML takes a whole std::string.
    bytes += sizeof(std::string) + out.back().size();
    if (bytes > 2 * most) {
      return absl::ResourceExhaustedError("the workbook holds too many texts; cut the table into several files");
    }
  }
}

}  // namespace guanhu::sheet
