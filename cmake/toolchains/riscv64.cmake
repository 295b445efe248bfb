set(WANCO_ISA riscv64)
include("${CMAKE_CURRENT_LIST_DIR}/../WancoTargetFlags.cmake")
set(WANCO_CPU_FLAGS "${Wanco_C_FLAGS_riscv64}")
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
