// Helpers over pugixml. Internal to the room.
#pragma once

#include <pugixml.hpp>
#include <string>

#include "absl/strings/string_view.h"
#include "common/sheet/elements.h"

namespace guanhu::sheet {

// White space between tags is kept: it may be a cell's whole text.
inline constexpr unsigned kXmlOptions = pugi::parse_default | pugi::parse_ws_pcdata_single;

inline bool LoadXml(pugi::xml_document& document, absl::string_view xml) {
  return static_cast<bool>(document.load_buffer(xml.data(), xml.size(), kXmlOptions, pugi::encoding_utf8));
}

inline bool Is(const pugi::xml_node& node, absl::string_view local) { return LocalName(node.name()) == local; }

// The first child of that local name, or an empty node.
inline pugi::xml_node Child(const pugi::xml_node& parent, absl::string_view local) {
  return parent.find_child([&](const pugi::xml_node& n) { return Is(n, local); });
}

// An attribute by its local name.
inline pugi::xml_attribute Attribute(const pugi::xml_node& node, absl::string_view local) {
  return node.find_attribute([&](const pugi::xml_attribute& a) { return LocalName(a.name()) == local; });
}

// The text of a shared or inline string: its runs, without the reading aids (rPh) of East Asian text.
std::string RichText(const pugi::xml_node& node);

}  // namespace guanhu::sheet
