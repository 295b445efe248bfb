set(WANCO_ISA x86_64)
# No red zone: a memory fault inside the runtime resumes in code that may push.
set(WANCO_CPU_FLAGS "-mcpu=x86_64_v2 -mno-red-zone -fcf-protection=full")
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
