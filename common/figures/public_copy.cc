#include "common/figures/public_copy.h"

#include "common/figures/lister.h"
#include "guanhu/records/v1/programme.pb.h"
#include "guanhu/records/v1/public.pb.h"
#include "guanhu/records/v1/technique.pb.h"

namespace guanhu::figures {

namespace pb = google::protobuf;
namespace rec = records::v1;

namespace {

bool Hidden(const Desk& desk, const base::RecordId& id, const pb::Message& m, absl::Time now) {
  if (m.GetDescriptor() == rec::Notice::descriptor()) {
    rec::Notice notice;
    notice.CopyFrom(m);
    const int64_t at = absl::ToUnixMillis(now);
    const bool early = notice.has_publish_ms() && notice.publish_ms() > at;
    const bool over = notice.has_expires_ms() && notice.expires_ms() <= at;
    return early || over || StateOf(desk, id) != rec::NOTICE_STATE_PUBLISHED;
  }
  if (m.GetDescriptor() == rec::Document::descriptor()) return StateOf(desk, id) != rec::DOCUMENT_STATE_PUBLISHED;
  if (m.GetDescriptor() == rec::Case::descriptor()) return StateOf(desk, id) != rec::MODEL_CASE_STATE_PUBLISHED;
  return false;
}

}  // namespace

std::unique_ptr<pb::Message> PublicCopy(const Desk& desk, const base::RecordId& id, const pb::Message& message,
                                        absl::Time now) {
  const schema::RecordInfo* info = desk.schema().TypeOf(message);
  if (info == nullptr || Hidden(desk, id, message, now)) return nullptr;
  const schema::FieldInfo* deleted = info->Field(schema::kDeletedField);
  if (deleted != nullptr && message.GetReflection()->GetBool(message, deleted->descriptor)) return nullptr;
  bool any = false;
  for (const schema::FieldInfo& f : info->fields) any |= f.is_public && !f.personal;
  if (!any) return nullptr;
  std::unique_ptr<pb::Message> copy(message.New());
  copy->CopyFrom(message);
  schema::KeepPublic(*info, *copy);
  // The state that people see follows from acts and is no stored field.
  const schema::FieldInfo* state = info->Field(absl::string_view("state"));
  if (state != nullptr && state->is_public && !info->life.empty())
    copy->GetReflection()->SetEnumValue(copy.get(), state->descriptor, StateOf(desk, id));
  return copy;
}

}  // namespace guanhu::figures
