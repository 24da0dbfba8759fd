#include "metrics/exposition/unit_families.h"

#include <algorithm>
#include <array>
#include <functional>

#include "metrics/exposition/text_format.h"

namespace tthc {
namespace {

struct UnitFigures {
  std::string head;     // {unit="H34.01"
  UnitTally own;
  bool counted = false;
};

UnitTally& operator+=(UnitTally& sum, const UnitTally& part) {
  const auto add = [](auto& to, const auto& from) {
    for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
  };
  add(sum.open, part.open);
  add(sum.received_total, part.received_total);
  add(sum.received_taken_back, part.received_taken_back);
  add(sum.finished_total, part.finished_total);
  add(sum.finished_taken_back, part.finished_taken_back);
  add(sum.findings_total, part.findings_total);
  add(sum.findings_open, part.findings_open);
  for (size_t p = 0; p < kLivePeriodCount; ++p) {
    for (size_t r = 0; r < 2; ++r) Add(sum.periods[p][r], part.periods[p][r]);
  }
  return sum;
}

class Writer {
 public:
  // Label texts are made once, not per sample.
  Writer(std::string& out, const LivePeriods& live) : out_(out) {
    for (size_t p = 0; p < kLivePeriodCount; ++p) {
      const std::string period = ",period=\"" + PeriodLabel(kLivePeriods[p], live.day) + "\"";
      for (const Rule rule : kRules) {
        period_rules_[p][static_cast<size_t>(rule)] =
            period + ",rule=\"" + std::string(NameOf(rule)) + "\"";
      }
    }
  }

  void Family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    AppendFamily(out_, name, type, help);
  }
  template <typename Number>
  void Sample(const UnitFigures& unit, std::string_view more_labels, Number value) {
    out_.append(name_).append(unit.head).append(more_labels).append("} ");
    AppendNumber(out_, value);
    out_.push_back('\n');
  }
  // One sample for each live period and rule.
  template <typename Value>
  void PerPeriodAndRule(const UnitFigures& unit, const UnitTally& tally, Value value) {
    for (size_t p = 0; p < kLivePeriodCount; ++p) {
      for (const Rule rule : kRules) {
        const std::optional<double> v = value(tally.periods[p][static_cast<size_t>(rule)], rule);
        if (!v) continue;
        Sample(unit, period_rules_[p][static_cast<size_t>(rule)], *v);
      }
    }
  }

 private:
  std::string& out_;
  std::string name_;
  std::array<std::array<std::string, 2>, kLivePeriodCount> period_rules_;
};

struct LabelledValue {
  std::string_view labels;
  std::function<int64_t(const UnitTally&)> value;
};
// Families with fixed labels: one row per sample of a unit.
struct FixedFamily {
  std::string_view name;   // after tthc_ or tthc_rollup_
  std::string_view type;
  std::string_view help;
  std::vector<LabelledValue> samples;
};

int64_t Open(const UnitTally& t, OpenState state) { return t.open[static_cast<size_t>(state)]; }

const std::vector<FixedFamily>& FixedFamilies() {
  static const std::vector<FixedFamily> kFamilies = {
      {"cases_open",
       "gauge",
       "Cases received and not ended (rule qd766), by how their time stands.",
       {{",state=\"in_time\"", [](const UnitTally& t) { return Open(t, OpenState::kInTime); }},
        {",state=\"due_soon\"", [](const UnitTally& t) { return Open(t, OpenState::kDueSoon); }},
        {",state=\"overdue\"", [](const UnitTally& t) { return Open(t, OpenState::kOverdue); }},
        {",state=\"paused\"", [](const UnitTally& t) { return Open(t, OpenState::kPaused); }}}},
      {"cases_received_total",
       "counter",
       "Cases received, by channel; what later statements undid is counted in "
       "cases_received_taken_back_total.",
       {{",channel=\"direct_postal\"",
         [](const UnitTally& t) { return static_cast<int64_t>(t.received_total[0]); }},
        {",channel=\"online\"",
         [](const UnitTally& t) { return static_cast<int64_t>(t.received_total[1]); }}}},
      {"cases_received_taken_back_total",
       "counter",
       "Receipts that later statements undid or moved to another unit or channel.",
       {{",channel=\"direct_postal\"",
         [](const UnitTally& t) { return static_cast<int64_t>(t.received_taken_back[0]); }},
        {",channel=\"online\"",
         [](const UnitTally& t) { return static_cast<int64_t>(t.received_taken_back[1]); }}}},
      {"cases_finished_total",
       "counter",
       "Cases that ended, by outcome under rule form06.",
       {{",outcome=\"early\"",
         [](const UnitTally& t) { return static_cast<int64_t>(t.finished_total[0]); }},
        {",outcome=\"on_time\"",
         [](const UnitTally& t) { return static_cast<int64_t>(t.finished_total[1]); }},
        {",outcome=\"late\"",
         [](const UnitTally& t) { return static_cast<int64_t>(t.finished_total[2]); }}}},
      {"cases_finished_taken_back_total",
       "counter",
       "Endings that later statements undid or judged anew.",
       {{",outcome=\"early\"",
         [](const UnitTally& t) { return static_cast<int64_t>(t.finished_taken_back[0]); }},
        {",outcome=\"on_time\"",
         [](const UnitTally& t) { return static_cast<int64_t>(t.finished_taken_back[1]); }},
        {",outcome=\"late\"",
         [](const UnitTally& t) { return static_cast<int64_t>(t.finished_taken_back[2]); }}}},
  };
  return kFamilies;
}

// The ratio of each rule (DESIGN section 4): qd766 counts pending in time over all received, form06
// (the rate of Thông tư 01) what was resolved early or on time over what was resolved.
double Numerator(const Counts& c, Rule rule) {
  return static_cast<double>(rule == Rule::kQd766 ? c.early + c.on_time + c.pending_in_time
                                                  : c.early + c.on_time);
}
double Denominator(const Counts& c, Rule rule) {
  return static_cast<double>(rule == Rule::kQd766 ? c.received() : c.resolved());
}

void RenderSet(std::string_view prefix, const std::vector<UnitFigures>& units,
               const LivePeriods& live, std::string& out) {
  Writer w(out, live);
  const auto name = [&](std::string_view rest) { return std::string(prefix).append(rest); };
  for (const FixedFamily& family : FixedFamilies()) {
    w.Family(name(family.name), family.type, family.help);
    for (const UnitFigures& unit : units) {
      for (const LabelledValue& sample : family.samples) {
        w.Sample(unit, sample.labels, sample.value(unit.own));
      }
    }
  }
  w.Family(name("findings_total"), "counter",
           "Cases in which something came up that the sender did not say, by kind.");
  std::array<std::string, kFindingCount> kinds;
  for (size_t i = 0; i < kFindingCount; ++i) {
    kinds[i] = ",kind=\"" + std::string(NameOf(static_cast<Finding>(i))) + "\"";
  }
  // Most kinds never come up in most units.
  for (const UnitFigures& unit : units) {
    for (size_t i = 0; i < kFindingCount; ++i) {
      const auto found = static_cast<int64_t>(unit.own.findings_total[i]);
      if (found != 0) w.Sample(unit, kinds[i], found);
    }
  }
  w.Family(name("findings_open"), "gauge",
           "Cases, open or ended this year, in which it stands now, by kind; sender_silent: silent "
           "senders of the unit.");
  for (const UnitFigures& unit : units) {
    for (size_t i = 0; i < kFindingCount; ++i) {
      // What came up once keeps its sample, so that it is seen to end.
      const bool came_up = unit.own.findings_open[i] != 0 || unit.own.findings_total[i] != 0;
      if (came_up) w.Sample(unit, kinds[i], unit.own.findings_open[i]);
    }
  }
  w.Family(name("on_time_ratio"), "gauge",
           "Share on time in the period, 0 to 1; no sample without a denominator.");
  for (const UnitFigures& unit : units) {
    w.PerPeriodAndRule(unit, unit.own, [](const Counts& c, Rule rule) {
      const double d = Denominator(c, rule);
      return d > 0 ? std::optional(Numerator(c, rule) / d) : std::nullopt;
    });
  }
  w.Family(name("on_time_ratio_numerator"), "gauge", "Cases on time of on_time_ratio.");
  for (const UnitFigures& unit : units) {
    w.PerPeriodAndRule(unit, unit.own,
                       [](const Counts& c, Rule r) { return std::optional(Numerator(c, r)); });
  }
  w.Family(name("on_time_ratio_denominator"), "gauge", "Cases judged of on_time_ratio.");
  for (const UnitFigures& unit : units) {
    w.PerPeriodAndRule(unit, unit.own,
                       [](const Counts& c, Rule r) { return std::optional(Denominator(c, r)); });
  }
}

void RenderUnitInfo(const DirectoryView& directory, const std::vector<UnitFigures>& units, Day today,
                    std::string& out) {
  const UnitTree& tree = *directory.units;
  out.append("# HELP tthc_unit_info Name, level and parent of a unit as of today.\n");
  out.append("# TYPE tthc_unit_info gauge\n");
  for (UnitId id = 0; id < units.size(); ++id) {
    const Unit& unit = tree.at(id);
    const auto parent = tree.ParentOn(id, today);
    out.append("tthc_unit_info").append(units[id].head).append(",name=\"");
    AppendEscaped(out, unit.name);
    out.append("\",parent=\"");
    if (parent) AppendEscaped(out, tree.at(*parent).code);
    out.append("\",level=\"").append(NameOf(unit.level)).append("\"} 1\n");
  }
}

// Sums over subtrees: each unit's figures are added to every unit above it. Units with nothing
// below them stay out: their own figures are their sums.
std::vector<UnitFigures> RolledUp(const DirectoryView& directory,
                                  const std::vector<UnitFigures>& units, Day today) {
  std::vector<UnitFigures> sums = units;
  std::vector<bool> has_below(units.size());
  for (UnitId id = 0; id < units.size(); ++id) {
    if (!units[id].counted) continue;
    size_t steps = 0;
    for (auto up = directory.units->ParentOn(id, today); up && steps < units.size(); ++steps) {
      sums[*up].own += units[id].own;
      has_below[*up] = true;
      up = directory.units->ParentOn(*up, today);
    }
  }
  for (UnitId id = 0; id < units.size(); ++id) sums[id].counted = has_below[id];
  return sums;
}

std::vector<UnitFigures> Counted(std::vector<UnitFigures> units) {
  std::erase_if(units, [](const UnitFigures& unit) { return !unit.counted; });
  return units;
}

}  // namespace

void RenderUnitFamilies(const Tallies& tallies, const DirectoryView& directory,
                        const LivePeriods& live, std::span<const TextId> silent, std::string& out) {
  std::vector<UnitFigures> units(directory.units->size());
  for (UnitId id = 0; id < units.size(); ++id) {
    units[id].head = "{unit=\"";
    AppendEscaped(units[id].head, directory.units->at(id).code);
    units[id].head.push_back('"');
  }
  for (const auto& [text, tally] : tallies.Units()) {
    const UnitId id = directory.UnitOf(text);
    if (id >= units.size()) continue;
    units[id].own += tally;
    units[id].counted = true;
  }
  for (const TextId text : silent) {
    const UnitId id = directory.UnitOf(text);
    if (id < units.size()) {
      ++units[id].own.findings_open[static_cast<size_t>(Finding::kSenderSilent)];
    }
  }
  RenderUnitInfo(directory, units, live.day, out);
  RenderSet("tthc_", Counted(units), live, out);
  RenderSet("tthc_rollup_", Counted(RolledUp(directory, units, live.day)), live, out);
}

}  // namespace tthc
