set(WANCO_ISA aarch64)
set(WANCO_CPU_FLAGS "-mcpu=generic -mbranch-protection=standard -mno-outline-atomics")
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
