// What must hold when every fault is healed and the county has come to rest.
#pragma once

namespace guanhu::sim {

class World;

// I1, I2, I4, I6, I7, R14; then CheckValues.
void CheckEnd(World& world);
// I3 and I8, judged by what each author had really seen.
void CheckValues(World& world);

}  // namespace guanhu::sim
