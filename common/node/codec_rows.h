// Bytes of the node's small rows. Only common/node reads and writes them; the layout is docs/formats/store.md.
#pragma once

#include <string>

#include "common/base/bytes.h"
#include "common/base/ids.h"
#include "common/node/scope_state.h"
#include "common/sync/frames.h"

namespace guanhu::node {

// A journal's part of its scope's vector digest.
uint64_t PointHash(const base::JournalId& j, const model::Head& head);

std::string EncodeJournal(const JournalState& js);
JournalState DecodeJournal(base::Reader& in);
std::string EncodeClose(const ClosePoint& c);
ClosePoint DecodeClose(base::Reader& in);
std::string EncodeAck(const sync::CityAck& ack);
sync::CityAck DecodeAck(const base::ScopeId& scope, base::Reader& in);
std::string EncodeVerdict(const VerdictInfo& v);
VerdictInfo DecodeVerdict(base::Reader& in);
std::string EncodeCut(const CutInfo& c);
CutInfo DecodeCut(base::Reader& in);
std::string EncodeAside(const sync::AsideItem& item, const AsideInfo& info);
sync::AsideItem DecodeAside(const base::JournalId& j, uint64_t seq, base::Reader& in, AsideInfo* info);

}  // namespace guanhu::node
