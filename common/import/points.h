// Points of records that stand in another datum than the records keep. Pure and thread-safe.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace guanhu::import {

// Whether the field holds one point.
bool IsPointField(const google::protobuf::FieldDescriptor& field);

// Turns a GCJ-02 point that `field` of the message holds into WGS-84. False if it is none: half of it is missing, or it
// is not on the globe. A field that is not set stays so.
bool FromGcj(const google::protobuf::FieldDescriptor& field, google::protobuf::Message& message);

}  // namespace guanhu::import
