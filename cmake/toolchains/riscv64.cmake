set(WANCO_ISA riscv64)
# No linker relaxation: it moves code, and the safepoint tables hold offsets.
set(WANCO_CPU_FLAGS "-mcpu=baseline_rv64 -mno-relax")
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
