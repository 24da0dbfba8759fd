// The messages that every benchmark sends: dossier and progress messages of the OpenCPS shape, 500
// records each, personal fields of real lengths included, five statements per case. All names,
// numbers and addresses are invented. The same options give the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tthc::bench {

inline constexpr int kStatementsPerCase = 5;
inline constexpr int kRecordsPerMessage = 500;

// Instants are microseconds since 1970 UTC, as in config/instant.h.
struct WorkloadOptions {
  uint64_t cases = 200'000;
  uint64_t first_case = 0;            // numbers cases on, for a second helping
  int64_t now_us = 0;                 // the clock of the process that receives the messages
  int open_percent = 50;              // of the cases are still open after their five statements
  int overdue_percent = 3;            // of the open ones are past their due date
  uint64_t cases_in_flight = 20'000;  // how far apart in cases two statements of one case arrive
  std::vector<std::string> units;     // canonical codes, root first; empty: 116 units of Kon Tum
};

// One statement as a peer gets it that need not read JSON.
struct Row {
  uint64_t case_number = 0;
  uint8_t step = 0;                   // 0…4; 5 closes an open case
  uint8_t kind = 0;                   // 0 dossier, 1 progress
  uint8_t status = 0;
  int64_t event_us = 0;
  int64_t received_us = 0;            // dossiers only; 0: not said
  int64_t due_us = 0;
  int64_t finished_us = 0;
  int64_t returned_us = 0;
  uint8_t channel = 0;
  uint32_t unit = 0;                  // index
  uint32_t procedure = 0;             // index
  uint32_t officer = 0;
};

struct Message {
  bool dossiers = false;              // DongBoHoSoMC, else CapNhatTienDoHoSoMC
  std::string body;
  std::vector<Row> rows;
};

class Workload {
 public:
  explicit Workload(WorkloadOptions options);

  // The next messages in order of arrival, `statements` of them or what is left.
  std::vector<Message> Next(uint64_t statements);
  // One dossier statement of status 9 for each case that the five statements left open.
  std::vector<Message> Closings() const;

  std::string CaseId(uint64_t case_number) const;
  bool IsOpen(uint64_t case_number) const;
  uint64_t OpenCases() const;
  const std::vector<std::string>& units() const { return options_.units; }
  static std::string_view ProcedureCode(uint32_t index);
  static std::string_view FieldCode(uint32_t index);

 private:
  Row RowOf(uint64_t case_number, int step) const;
  void Append(const Row& row, std::vector<Message>& out);
  void AppendDossier(const Row& row, std::string& out) const;
  void AppendProgress(const Row& row, std::string& out) const;
  void Put(const Row& row, Message& message) const;
  static void Finish(Message& message);

  WorkloadOptions options_;
  uint64_t at_ = 0;        // next slot of the schedule
  uint64_t slots_ = 0;
  Message dossiers_;
  Message progress_;
};

// "20250315083000" in Vietnam's time; "" for 0.
std::string WireTime(int64_t us);

}  // namespace tthc::bench
