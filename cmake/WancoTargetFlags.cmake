# What C code that is linked with the runtime must be compiled with, for each instruction set:
# the baseline, and the marks of control-flow integrity, without which the linker drops them
# from the executable. Words separated by spaces.
set(Wanco_C_FLAGS_x86_64 "-mcpu=x86_64_v2 -fcf-protection=full")
set(Wanco_C_FLAGS_aarch64 "-mcpu=generic -mbranch-protection=standard -mno-outline-atomics")
# No linker relaxation: it moves code, and the safepoint tables hold offsets.
set(Wanco_C_FLAGS_riscv64 "-mcpu=baseline_rv64 -mno-relax")
