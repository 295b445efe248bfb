set(WANCO_ISA x86_64)
include("${CMAKE_CURRENT_LIST_DIR}/../WancoTargetFlags.cmake")
# No red zone: a memory fault inside the runtime resumes in code that may push.
set(WANCO_CPU_FLAGS "${Wanco_C_FLAGS_x86_64} -mno-red-zone")
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
