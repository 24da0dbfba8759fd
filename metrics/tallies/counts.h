// The counts of a summary: what a verdict adds to a unit's figures, under one rule.
#pragma once

#include <cstdint>

#include "ingest/case/verdict.h"

namespace tthc {

struct Counts {
  int64_t online = 0;          // received in the period, KenhThucHien 2
  int64_t direct_postal = 0;   // received in the period, any other channel
  int64_t carried_over = 0;    // received before the period
  int64_t early = 0;           // always 0 under qd766
  int64_t on_time = 0;
  int64_t late = 0;
  int64_t pending_in_time = 0;
  int64_t pending_late = 0;
  int64_t no_due_date = 0;     // of all these, judged without any due date

  int64_t received() const { return online + direct_postal + carried_over; }
  int64_t resolved() const { return early + on_time + late; }
  int64_t pending() const { return pending_in_time + pending_late; }

  friend bool operator==(const Counts&, const Counts&) = default;
};

// Adds `sign` (+1 or -1) times the verdict. A verdict outside the population adds nothing.
void Add(Counts& counts, const Verdict& verdict, int sign = 1);
void Add(Counts& counts, const Counts& other, int sign = 1);

// received = resolved + pending must hold for every sum of verdicts.
bool IdentitiesHold(const Counts& counts);

}  // namespace tthc
