// The record of passes over all cases after calendars or procedures had changed: what an auditor
// finds when a figure of an unchanged case has moved. Pure, but for ReadReprojections.
//
// Stored in the column `default`: "p" number(8) -> record; "rules_in_force" -> versions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/store/store.h"
#include "server/monitor.h"

namespace tthc {

std::string ReprojectionKey(uint64_t number);
std::string EncodeReprojection(const Reprojection& record);
Result<Reprojection> DecodeReprojection(std::string_view bytes);

std::string EncodeVersions(const ReferenceVersions& versions);
ReferenceVersions DecodeVersions(std::string_view text);

// What differs between two states of the files, as a record to begin; no reason where nothing does.
Reprojection ChangeBetween(const ReferenceVersions& before, const ReferenceVersions& after);

// "lịch làm việc": what has changed, for who is told because of it.
std::string VietnameseReason(const Reprojection& record);

// Newest first; one that cannot be read is left out.
std::vector<Reprojection> ReadReprojections(const Store& store, size_t limit);

}  // namespace tthc
