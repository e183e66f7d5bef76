# shellcheck shell=bash disable=SC2034
# Debian 12 packages that building and testing need, in alphabetical order. Sourced by tools/lib/common.sh.

GUANHU_PACKAGES=(
  ccache
  cmake
  faketime
  fonts-droid-fallback
  g++
  git
  libabsl-dev
  libboost-dev
  libcairo2-dev
  libcli11-dev
  libcsv-dev
  libfontconfig-dev
  libgmock-dev
  libgrpc++-dev
  libgtest-dev
  libicu-dev
  libprotobuf-dev
  libpugixml-dev
  libqrcodegencpp-dev
  librapidcheck-dev
  librocksdb-dev
  libssl-dev
  libtomlplusplus-dev
  libxlsxwriter-dev
  libzip-dev
  libzstd-dev
  mold
  ninja-build
  nlohmann-json3-dev
  pkg-config
  protobuf-compiler
  protobuf-compiler-grpc
  python3
  zlib1g-dev
)

# Only for the preset of that name.
GUANHU_PACKAGES_CLANG=(clang-19 llvm-19)
