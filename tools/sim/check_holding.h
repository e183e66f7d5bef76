// I5: what a node says about where a change is held is never ahead of the truth. Checked while a seed runs.
#pragma once

namespace guanhu::sim {

class World;
struct Device;

void CheckHolding(World& world, Device& device);

}  // namespace guanhu::sim
