// The detectors of findings, one by one (ingest/case/findings.h). Pure.
#pragma once

#include "ingest/case/findings.h"

namespace tthc {

using Since = std::optional<Instant>;

// An end said for the first time and long after it, or moved back, or exactly at the due minute once
// that had passed.
Since BackdatedCompletion(const CaseOnTrial& on_trial, Proofs* proofs);
// A later NgayHenTra that came after the one before it had passed, waiting for the applicant added.
Since DueMovedAfterDeadline(const CaseOnTrial& on_trial, Proofs* proofs);
// Sent as 9 while it waits: said so by its note, without an end, or taken back by a later 4.
Since PausedSentAsFinished(const CaseOnTrial& on_trial, Proofs* proofs);
Since Reopened(const CaseOnTrial& on_trial, Proofs* proofs);
Since SecondSupplement(const CaseOnTrial& on_trial, Proofs* proofs);
Since NoApology(const CaseOnTrial& on_trial, Proofs* proofs);
// Overdue and nothing said since.
Since Frozen(const CaseOnTrial& on_trial, Proofs* proofs);
// NgayTra or NgayKetThucXuLy stands in the latest snapshot, its status does not.
Since ReturnedNotClosed(const CaseOnTrial& on_trial, Proofs* proofs);
Since NoDueDate(const CaseOnTrial& on_trial, Proofs* proofs);
// The first promise is later than the law allows.
Since DueLongerThanStatutory(const CaseOnTrial& on_trial, Proofs* proofs);
Since FutureTime(const CaseOnTrial& on_trial, Proofs* proofs);
Since EndBeforeReceipt(const CaseOnTrial& on_trial, Proofs* proofs);
Since UnknownUnit(const CaseOnTrial& on_trial, Proofs* proofs);
Since UnknownProcedure(const CaseOnTrial& on_trial, Proofs* proofs);
Since BlankStatus(const CaseOnTrial& on_trial, Proofs* proofs);

}  // namespace tthc
