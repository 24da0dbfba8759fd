// Properties: how a record is written never changes what it says; broken bytes never harm.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/wire/wire_testing.h"

namespace tthc {
namespace {

using Field = std::pair<std::string, std::string>;  // name and the text of its value

std::vector<Field> DossierFields() {
  return {{"MaHoSo", "20250214048213"},
          {"MaTTHC", "1.004222"},
          {"MaLinhVuc", "7"},
          {"KenhThucHien", "2"},
          {"NgayTiepNhan", "20250214091500"},
          {"NgayHenTra", "20250221170000"},
          {"TrangThaiHoSo", "9"},
          {"NgayKetThucXuLy", "20250220170000"},
          {"NgayTra", ""},
          {"HoSoCoThanhPhanSoHoa", "1"},
          {"DuocThanhToanTrucTuyen", "2"},
          {"HinhThuc", "1"},
          {"ChuHoSo", "NGUYEN VAN MAU"},
          {"GhiChu", "x"}};
}
std::vector<Field> RowFields() {
  return {{"MaHoSo", "20250214048213"}, {"ThoiDiemXuLy", "20250214091500"},
          {"TrangThai", "5"},           {"NoiDungXuLy", "17"},
          {"NguoiXuLy", "42"},          {"NgayKetThucTheoQuyDinh", "20250221170000"},
          {"PhongBanXuLy", "x"}};
}

// Whole numbers without a leading zero, which may stand with or without quotes.
bool IsInteger(const std::string& text) {
  return !text.empty() && text[0] != '0' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string AnyCase(std::string name) {
  for (char& c : name) {
    c = *rc::gen::element(static_cast<char>(std::tolower(c)), static_cast<char>(std::toupper(c)));
  }
  return name;
}

std::string AnyForm(const std::string& text) {
  if (text.empty()) return *rc::gen::element<std::string>("\"\"", "null", "\"  \"");
  std::vector<std::string> forms = {"\"" + text + "\"", "\" " + text + " \""};
  if (IsInteger(text)) forms.push_back(text);
  return *rc::gen::elementOf(forms);
}

std::string Written(const std::vector<Field>& fields) {
  std::string record = "{";
  for (const auto& [name, text] : fields) {
    record += (record.size() > 1 ? ",\"" : "\"") + name + "\":\"" + text + "\"";
  }
  return record + "}";
}

std::string WrittenAnyhow(std::vector<Field> fields) {
  std::string record = "{";
  while (!fields.empty()) {
    const auto index = *rc::gen::inRange<size_t>(0, fields.size());
    record += (record.size() > 1 ? ", \"" : "\"") + AnyCase(fields[index].first) +
              "\" : " + AnyForm(fields[index].second);
    fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(index));
  }
  return record + "}";
}

void ExpectSame(const Statement& a, const Statement& b) {
  RC_ASSERT(a.case_id == b.case_id);
  RC_ASSERT(a.kind == b.kind);
  RC_ASSERT(a.status == b.status);
  RC_ASSERT(a.status_sent == b.status_sent);
  RC_ASSERT(a.dated_by == b.dated_by);
  RC_ASSERT(a.event == b.event);
  RC_ASSERT(a.identity == b.identity);
  RC_ASSERT(a.received_at == b.received_at);
  RC_ASSERT(a.due_at == b.due_at);
  RC_ASSERT(a.finished_at == b.finished_at);
  RC_ASSERT(a.returned_at == b.returned_at);
  RC_ASSERT(a.procedure == b.procedure);
  RC_ASSERT(a.field == b.field);
  RC_ASSERT(a.channel == b.channel);
  RC_ASSERT(a.flags == b.flags);
  RC_ASSERT(a.step_due_at == b.step_due_at);
  RC_ASSERT(a.note == b.note);
  RC_ASSERT(a.officer == b.officer);
}

RC_GTEST_PROP(WireProperty, CaseTypeAndOrderOfADossierSayNothing, ()) {
  ExpectSame(OneStatement("DongBoHoSoMC", WrittenAnyhow(DossierFields())),
             OneStatement("DongBoHoSoMC", Written(DossierFields())));
}

RC_GTEST_PROP(WireProperty, CaseTypeAndOrderOfARowSayNothing, ()) {
  ExpectSame(OneStatement("CapNhatTienDoHoSoMC", WrittenAnyhow(RowFields())),
             OneStatement("CapNhatTienDoHoSoMC", Written(RowFields())));
}

// Any result is right as long as it is a result: no exception, no crash, positions in range.
void ExpectAnswered(Decoder& decoder, const std::string& body) {
  for (const char* service : {"", "DongBoHoSoMC", "CapNhatTienTrinh"}) {
    MessageHints hints;
    hints.service = service;
    const Result<DecodedMessage> message = decoder.Decode(body, hints);
    if (!message) {
      RC_ASSERT(!message.error().message.empty());
      continue;
    }
    RC_ASSERT(message->statements.size() + message->rejected.size() == message->records);
    for (const Rejected& why : message->rejected) {
      RC_ASSERT(why.position < message->records);
      RC_ASSERT(!why.code.empty() && !why.reason.empty());
    }
    for (const Statement& statement : message->statements) {
      RC_ASSERT(!statement.case_id.empty() && statement.case_id.size() <= 50u);
    }
  }
}

RC_GTEST_PROP(WireProperty, FlippedBytesNeverHarm, ()) {
  static Decoder decoder(TestProfiles(), kTestKey, DecodeLimits());
  std::string body = WireFile(
      *rc::gen::element<std::string>("opencps_dossier.json", "opencps_progress.json",
                                     "t_dossier.json", "gen2_progress.json", "gen2_status.json"));
  const int flips = *rc::gen::inRange(1, 8);
  for (int i = 0; i < flips; ++i) {
    body[*rc::gen::inRange<size_t>(0, body.size())] = *rc::gen::arbitrary<char>();
  }
  ExpectAnswered(decoder, body);
}

RC_GTEST_PROP(WireProperty, ATruncatedBodyIsAnError, ()) {
  static Decoder decoder(TestProfiles(), kTestKey, DecodeLimits());
  const std::string body = WireFile("opencps_dossier.json");
  const size_t end = *rc::gen::inRange<size_t>(0, body.rfind('}'));
  const Result<DecodedMessage> message = decoder.Decode(body.substr(0, end), MessageHints());
  RC_ASSERT(!message);
  RC_ASSERT(end == 0 || message.error().message.find("at byte") != std::string::npos);
}

}  // namespace
}  // namespace tthc
