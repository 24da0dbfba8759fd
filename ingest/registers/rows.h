// The typed rows of the registers, as the indicators use them; made from RegisterRow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/instant.h"
#include "config/procedures.h"
#include "ingest/registers/schema.h"

namespace tthc {

// procedures: code(key) name field field_name level(province|district|commune) units(list)
//   limit_amount limit_unit(working_hour|working_day|day|month) returns_document(bool) fee(bool)
//   citizens(bool) online(none|partial|full) service_state(public|pending_stop|testing|closed)
//   eligible_full(bool) complete(bool) public(bool)
Procedure ProcedureFrom(const RegisterRow& row);

// publications: decision(key) procedure(key) unit level(ministry|province) kind(new|amended|
//   abolished) decided_on effective_on published_at state(public|public_amended|abolished|waiting)
struct Publication {
  std::string decision;         // number of the QĐCB
  std::string procedure;
  std::string unit;             // who published: a root
  bool ministry = false;        // 20 and 10 working days instead of 5 and 5
  std::string kind;             // "new", "amended", "abolished"
  Day decided_on;
  std::optional<Day> effective_on;       // newest effective date of the legal basis
  std::optional<Instant> published_at;   // the "Công khai" click on the CSDLQG
};
Publication PublicationFrom(const RegisterRow& row);

// petitions: id(key) unit sent_at first_received_at handed_over_at refused_at supplement_asked_at
//   answered_at published_at(of the answer) likes dislikes complained_again(bool) case_id
//   about(rules|staff|other)
struct Petition {
  std::string id;
  std::string unit;
  Instant sent_at;
  std::optional<Instant> first_received_at;   // first "waiting for receipt" at this unit
  std::optional<Instant> handed_over_at;      // last hand-over by VPCP or another agency
  std::optional<Instant> refused_at;
  std::optional<Instant> supplement_asked_at;
  std::optional<Instant> answered_at;         // waiting to publish, or published
  std::optional<Instant> published_at;
  int64_t likes = 0;
  int64_t dislikes = 0;
  bool complained_again = false;              // about the result of handling
  std::string case_id;                        // empty where it is about no case
  std::string about;
};
Petition PetitionFrom(const RegisterRow& row);

// ratings: id(key) case_id rated_at rating(like|neutral|dislike)
struct Rating {
  std::string case_id;
  Instant rated_at;
  bool dislike = false;
};
Rating RatingFrom(const RegisterRow& row);

// payments: id(key) case_id unit procedure paid_at amount_dong gateway(national|local|counter)
//   kind(fee|land_duty|other, default fee) succeeded(bool, default true)
enum class PaymentKind : uint8_t { kFee, kLandDuty, kOther };
struct Payment {
  std::string case_id;
  std::string unit;
  std::string procedure;
  Instant paid_at;
  int64_t amount_dong = 0;
  bool online = false;          // over the national or the province's gateway
  PaymentKind kind = PaymentKind::kFee;
  bool succeeded = true;
};
Payment PaymentFrom(const RegisterRow& row);

// eform-copies: unit(key) offered(bool) since until
struct EformCopy {
  std::string unit;
  bool offered = false;
  std::optional<Day> since;
  std::optional<Day> until;
};
EformCopy EformCopyFrom(const RegisterRow& row);

// sync-counts: unit(key) period(key) indicator(key, optional) bcqg portal synchronised |
//   numerator denominator. Without `indicator`: how many cases BCQG and the portal have as received
//   in that period. With it: the numerator and denominator that the portal published.
struct SyncCount {
  std::string unit;
  Period period;
  std::string indicator;
  std::optional<int64_t> bcqg;
  std::optional<int64_t> portal;
  std::optional<int64_t> synchronised;   // for information: nothing is counted by it
  std::optional<int64_t> numerator;
  std::optional<int64_t> denominator;
};
SyncCount SyncCountFrom(const RegisterRow& row);

// targets: unit(key) year(key) target(key; on_time|online|digitisation|e_result|reuse|
//   online_payment|score) percent_hundredths excluded(procedures) reason
struct Target {
  std::string unit;
  int year = 0;
  std::string target;
  int64_t hundredths = 0;       // of a percent (of a point for score): 6000 is 60 %
  std::vector<std::string> excluded;   // procedures that do not count for it
  std::string reason;           // why they do not
};
Target TargetFrom(const RegisterRow& row);

}  // namespace tthc
