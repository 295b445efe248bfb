# Common part of the toolchain files: cross-compile with the clang that the Python package
# ziglang carries. The including file sets WANCO_ISA (an instruction set's name) and
# WANCO_CPU_FLAGS (its baseline). The host's Python must be known as Python_EXECUTABLE.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${WANCO_ISA})

# Nothing that this toolchain makes can be linked or run by itself.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES Python_EXECUTABLE WANCO_ZIG WANCO_ZIG_CACHE)

if(NOT WANCO_ZIG)
  execute_process(
    COMMAND "${Python_EXECUTABLE}" -c "import pathlib, ziglang; print(pathlib.Path(ziglang.__file__).with_name('zig').as_posix())"
    OUTPUT_VARIABLE zig
    OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE failed
    ERROR_QUIET)
  if(failed)
    message(FATAL_ERROR "The Python package ziglang is needed to build the runtime: pip install ziglang")
  endif()
  set(WANCO_ZIG "${zig}" CACHE FILEPATH "The zig executable")
endif()

# zig's caches go into the build directory.
if(NOT WANCO_ZIG_CACHE)
  set(WANCO_ZIG_CACHE "${CMAKE_BINARY_DIR}/zig-cache" CACHE PATH "Where zig keeps its caches")
endif()
set(zig "${CMAKE_COMMAND}" -E env "ZIG_GLOBAL_CACHE_DIR=${WANCO_ZIG_CACHE}" "ZIG_LOCAL_CACHE_DIR=${WANCO_ZIG_CACHE}" "${WANCO_ZIG}")

set(CMAKE_C_COMPILER ${zig} cc)
set(CMAKE_C_COMPILER_TARGET ${WANCO_ISA}-linux-musl)
# CMake does not recognise zig as an assembler by itself; as Clang it tracks included files.
set(CMAKE_ASM_COMPILER ${zig} cc)
set(CMAKE_ASM_COMPILER_TARGET ${WANCO_ISA}-linux-musl)
set(CMAKE_ASM_COMPILER_ID Clang)

set(CMAKE_C_FLAGS_INIT "${WANCO_CPU_FLAGS}")
set(CMAKE_ASM_FLAGS_INIT "${WANCO_CPU_FLAGS}")
# zig leaves debugging information in optimised objects unless told not to.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g0 -DNDEBUG" CACHE STRING "")
set(CMAKE_ASM_FLAGS_RELEASE "-g0" CACHE STRING "")

# "zig ar" is two words, which CMAKE_AR cannot be.
set(CMAKE_C_ARCHIVE_CREATE "\"${WANCO_ZIG}\" ar Dqc <TARGET> <OBJECTS>")
set(CMAKE_C_ARCHIVE_APPEND "\"${WANCO_ZIG}\" ar Dq <TARGET> <OBJECTS>")
set(CMAKE_C_ARCHIVE_FINISH "\"${WANCO_ZIG}\" ranlib <TARGET>")
