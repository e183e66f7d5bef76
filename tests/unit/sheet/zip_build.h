// Workbooks made by hand, so that a test can say what is wrong with one.
#pragma once

#include <zip.h>

#include <string>
#include <utility>
#include <vector>

namespace guanhu::sheet {

inline std::string Zip(const std::vector<std::pair<std::string, std::string>>& parts) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* out = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(out);
  zip_t* zip = zip_open_from_source(out, ZIP_TRUNCATE, &error);
  for (const auto& [name, text] : parts) {
    zip_file_add(zip, name.c_str(), zip_source_buffer(zip, text.data(), text.size(), 0), ZIP_FL_ENC_UTF_8);
  }
  zip_close(zip);
  zip_source_open(out);
  zip_stat_t stat;
  zip_source_stat(out, &stat);
  std::string bytes(stat.size, '\0');
  zip_source_read(out, bytes.data(), bytes.size());
  zip_source_close(out);
  zip_source_free(out);
  zip_error_fini(&error);
  return bytes;
}

struct Book {
  std::string sheet_data;  // inside <sheetData>
  std::string strings;     // the whole part
  std::string styles;      // the whole part
  std::string book_properties;
  std::string before_sheet = "<?xml version=\"1.0\"?>";

  std::vector<std::pair<std::string, std::string>> Parts() const {
    const std::string office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
    return {
        {"_rels/.rels", "<Relationships><Relationship Id=\"r1\" Type=\"" + office +
                            "officeDocument\" Target=\"/xl/workbook.xml\"/></Relationships>"},
        {"xl/workbook.xml", "<workbook xmlns:r=\"r\">" + book_properties +
                                "<sheets><sheet name=\"旧\" state=\"hidden\" r:id=\"a\"/>"
                                "<sheet name=\"设施\" r:id=\"b\"/></sheets></workbook>"},
        {"xl/_rels/workbook.xml.rels",
         "<Relationships><Relationship Id=\"a\" Type=\"" + office + "worksheet\" Target=\"worksheets/1.xml\"/>" +
             "<Relationship Id=\"b\" Type=\"" + office + "worksheet\" Target=\"worksheets/2.xml\"/>" +
             "<Relationship Id=\"c\" Type=\"" + office + "sharedStrings\" Target=\"sharedStrings.xml\"/>" +
             "<Relationship Id=\"d\" Type=\"" + office + "styles\" Target=\"styles.xml\"/></Relationships>"},
        {"xl/worksheets/1.xml",
         "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData></worksheet>"},
        {"xl/worksheets/2.xml", before_sheet + "<worksheet><sheetData>" + sheet_data + "</sheetData></worksheet>"},
        {"xl/sharedStrings.xml", strings.empty() ? "<sst/>" : strings},
        {"xl/styles.xml", styles.empty() ? "<styleSheet/>" : styles},
    };
  }
  std::string Bytes() const { return Zip(Parts()); }
};

}  // namespace guanhu::sheet
