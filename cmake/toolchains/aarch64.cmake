set(WANCO_ISA aarch64)
include("${CMAKE_CURRENT_LIST_DIR}/../WancoTargetFlags.cmake")
set(WANCO_CPU_FLAGS "${Wanco_C_FLAGS_aarch64}")
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
