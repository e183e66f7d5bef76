#include "common/import/points.h"

#include "common/geo/datum.h"
#include "guanhu/records/v1/common.pb.h"

namespace guanhu::import {

bool IsPointField(const google::protobuf::FieldDescriptor& field) {
  return !field.is_repeated() && field.message_type() == records::v1::Point::descriptor();
}

bool FromGcj(const google::protobuf::FieldDescriptor& field, google::protobuf::Message& message) {
  const google::protobuf::Reflection& r = *message.GetReflection();
  if (!r.HasField(message, &field)) return true;
  records::v1::Point point;
  point.CopyFrom(r.GetMessage(message, &field));
  // Neither is zero within a thousand kilometres of where the datum is used.
  if (point.lat_e7() == 0 || point.lon_e7() == 0 || !geo::IsPosition(point.lat_e7(), point.lon_e7())) return false;
  const geo::Wgs wgs = geo::ToWgs(geo::Gcj{point.lat_e7(), point.lon_e7()});
  point.set_lat_e7(wgs.lat_e7);
  point.set_lon_e7(wgs.lon_e7);
  r.MutableMessage(&message, &field)->CopyFrom(point);
  return true;
}

}  // namespace guanhu::import
