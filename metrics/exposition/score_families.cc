#include "metrics/exposition/score_families.h"

#include <functional>

#include "metrics/exposition/text_format.h"

namespace tthc {
namespace {

// {unit="H34.01" of every unit, made once.
std::vector<std::string> HeadsOf(const DirectoryView& directory) {
  std::vector<std::string> heads(directory.units->size());
  for (UnitId id = 0; id < heads.size(); ++id) {
    heads[id] = "{unit=\"";
    AppendEscaped(heads[id], directory.units->at(id).code);
    heads[id].push_back('"');
  }
  return heads;
}

struct ComponentFamily {
  std::string_view name;
  std::string_view help;
  std::optional<int64_t> Component::*value;
  void (*append)(std::string&, int64_t);
};
void AppendCount(std::string& out, int64_t value) { AppendNumber(out, value); }
constexpr ComponentFamily kComponentFamilies[] = {
    {"tthc_indicator_points",
     "Points of an indicator of Decision 766/QD-TTg, units below included; no sample where it was "
     "not measured.",
     &Component::cents, AppendHundredths},
    {"tthc_indicator_numerator", "What counts for the indicator.", &Component::numerator,
     AppendCount},
    {"tthc_indicator_denominator", "What the indicator is counted over.", &Component::denominator,
     AppendCount},
};

struct SheetFamily {
  std::string_view name;
  std::string_view help;
  void (*append)(std::string&, const Sheet&);
};
constexpr SheetFamily kSheetFamilies[] = {
    {"tthc_score_points",
     "Total of the indicators that have points, of tthc_score_measured_max_points.",
     [](std::string& out, const Sheet& sheet) { AppendHundredths(out, sheet.total_cents); }},
    {"tthc_score_measured_max_points", "Most points of the indicators that have points, of 100.",
     [](std::string& out, const Sheet& sheet) { AppendNumber(out, sheet.measured_max); }},
};

}  // namespace

void RenderScoreFamilies(const LiveSheets& scores, const DirectoryView& directory,
                         std::string& out) {
  const std::vector<std::string> heads = HeadsOf(directory);
  for (const ComponentFamily& family : kComponentFamilies) {
    AppendFamily(out, family.name, "gauge", family.help);
    for (const LiveSheets::Of& of : scores.periods) {
      std::vector<std::string> labels;
      for (const Indicator& indicator : of.table->indicators()) {
        labels.push_back(",indicator=\"" + indicator.id + "\",period=\"" + of.label + "\"} ");
      }
      for (const Sheet& sheet : of.sheets) {
        for (size_t i = 0; i < sheet.components.size(); ++i) {
          const auto& value = sheet.components[i].*family.value;
          if (!value) continue;
          out.append(family.name).append(heads[sheet.unit]).append(labels[i]);
          family.append(out, *value);
          out.push_back('\n');
        }
      }
    }
  }
  for (const SheetFamily& family : kSheetFamilies) {
    AppendFamily(out, family.name, "gauge", family.help);
    for (const LiveSheets::Of& of : scores.periods) {
      const std::string label = ",period=\"" + of.label + "\"} ";
      for (const Sheet& sheet : of.sheets) {
        out.append(family.name).append(heads[sheet.unit]).append(label);
        family.append(out, sheet);
        out.push_back('\n');
      }
    }
  }
  AppendFamily(out, "tthc_sender_untold_cases", "gauge",
               "Cases of this year of a sender that never once set the fact in any of them; "
               "indicators that need it leave them out.");
  for (const LiveSheets::Untold& untold : scores.untold) {
    out.append("tthc_sender_untold_cases{sender=\"");
    AppendEscaped(out, untold.sender.empty() ? "unknown" : untold.sender);
    out.append("\",fact=\"").append(NameOf(untold.fact)).append("\"} ");
    AppendNumber(out, untold.cases);
    out.push_back('\n');
  }
}

}  // namespace tthc
