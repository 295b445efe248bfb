# add_wanco_executable() and add_wanco_library(): docs/cmake.md describes them.
#
# An executable is a real target whose only object is a file of options for `wanco compile`;
# its "link" is the compiler's run. So everything that CMake can do with an executable works:
# output names and folders, generator expressions, install(TARGETS), add_test(). The options
# file is written only when it changes, and it names the compiler by a hash over its files:
# it stands for all options, and for the compiler, in the build's dependencies.
include_guard()

define_property(TARGET PROPERTY WANCO_ISA BRIEF_DOCS "Instruction set of an executable made by Wanco")
define_property(TARGET PROPERTY WANCO_MODULE BRIEF_DOCS "The WebAssembly module that a target makes or is made from")
define_property(TARGET PROPERTY WANCO_EMULATOR BRIEF_DOCS "Command that runs the executable here; empty if it runs natively")
define_property(TARGET PROPERTY WANCO_TARGETS BRIEF_DOCS "Executables of one add_wanco_executable(), one per instruction set")
define_property(TARGET PROPERTY WANCO_OPTIMIZE BRIEF_DOCS "Optimisation level of an executable made by Wanco")
define_property(TARGET PROPERTY WANCO_POLL_INTERVAL BRIEF_DOCS "Iterations of inner loops between polls")
define_property(TARGET PROPERTY WANCO_HOST_OBJECTS BRIEF_DOCS "Objects with host functions that are linked")

function(add_wanco_executable target)
  set(_wanco_caller "add_wanco_executable(${target})")
  cmake_parse_arguments(
    PARSE_ARGV 1 arg "NO_CHECKPOINT;EXCLUDE_FROM_ALL" "WASM;TARGET;OPTIMIZE;CPU;CF_PROTECTION;POLL_INTERVAL;OUTPUT_NAME"
    "SOURCES;ISAS;HOST_SOURCES;LINK_LIBRARIES;COMPILE_OPTIONS;GLOBALS")
  _wanco_check_arguments()
  _wanco_resolve_isas("${arg_ISAS}" isas)
  _wanco_set_default(OPTIMIZE 2)
  _wanco_set_default(POLL_INTERVAL 1024)
  set(work "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.wanco")
  file(MAKE_DIRECTORY "${work}")
  set(module_flags)
  _wanco_usage()
  _wanco_module()

  # The native executable has the plain name; where there is none, the first one has it.
  set(main_isa "${Wanco_NATIVE_ISA}")
  if(NOT main_isa IN_LIST isas)
    list(GET isas 0 main_isa)
  endif()
  set(all_targets)
  foreach(isa IN LISTS isas)
    set(suffix)
    if(NOT isa STREQUAL main_isa)
      set(suffix "-${isa}")
    endif()
    _wanco_add_for_isa(${target}${suffix} ${isa})
    list(APPEND all_targets ${target}${suffix})
  endforeach()
  set_property(TARGET ${all_targets} PROPERTY WANCO_TARGETS ${all_targets})
  add_executable(${target}-${main_isa} ALIAS ${target})

  # The rule is looked up in the directory where the target is, when everything is read.
  cmake_language(DEFER CALL _wanco_define_link_rule)
endfunction()

# A static library of a module's exports, with its header: a custom command, and an imported
# target that is linked like any other library of the project.
function(add_wanco_library target)
  set(_wanco_caller "add_wanco_library(${target})")
  cmake_parse_arguments(
    PARSE_ARGV 1 arg "NO_CHECKPOINT" "WASM;TARGET;ISA;OPTIMIZE;CPU;CF_PROTECTION;POLL_INTERVAL;OUTPUT_NAME;PREFIX"
    "SOURCES;HOST_SOURCES;LINK_LIBRARIES;COMPILE_OPTIONS;GLOBALS")
  _wanco_check_arguments()
  if(DEFINED arg_ISA)
    _wanco_resolve_isas("${arg_ISA}" isa)
    list(LENGTH isa count)
    if(NOT count EQUAL 1)
      _wanco_fail("ISA ${arg_ISA}: a library is for one instruction set")
    endif()
  else()
    _wanco_target_isa(isa)
  endif()
  _wanco_set_default(OPTIMIZE 2)
  _wanco_set_default(POLL_INTERVAL 1024)
  _wanco_set_default(OUTPUT_NAME ${target})
  string(MAKE_C_IDENTIFIER "${arg_OUTPUT_NAME}" name)
  _wanco_set_default(PREFIX "${name}")
  set(work "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.wanco")
  set(folder "${work}/library")
  file(MAKE_DIRECTORY "${folder}")
  set(module_flags -mexec-model=reactor)
  _wanco_usage()
  _wanco_module()

  set(library "${folder}/lib${arg_OUTPUT_NAME}.a")
  set(header "${folder}/${arg_OUTPUT_NAME}.h")
  _wanco_options(${isa} --emit=lib "--prefix=${arg_PREFIX}")
  add_custom_command(
    OUTPUT "${folder}/stamp"
    BYPRODUCTS "${library}" "${header}"
    COMMAND ${_Wanco_COMMAND} compile -o "${library}" "@${options_file}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${folder}/stamp"
    DEPENDS "${options_file}" "${module}" ${host_objects} ${module_target}
    COMMENT "Linking Wanco library lib${arg_OUTPUT_NAME}.a"
    VERBATIM)
  add_custom_target(${target}-library DEPENDS "${folder}/stamp")
  add_library(${target} STATIC IMPORTED GLOBAL)
  set_target_properties(
    ${target}
    PROPERTIES IMPORTED_LOCATION "${library}"
               INTERFACE_INCLUDE_DIRECTORIES "${folder};${Wanco_INCLUDE_DIR}"
               WANCO_ISA ${isa}
               WANCO_MODULE "${module}"
               WANCO_HOST_OBJECTS "${host_objects}")
  add_dependencies(${target} ${target}-library)
endfunction()

macro(_wanco_define_link_rule)
  set(_wanco_words)
  foreach(_wanco_word IN LISTS _Wanco_COMMAND)
    string(APPEND _wanco_words "\"${_wanco_word}\" ")
  endforeach()
  set(CMAKE_Wanco_LINK_EXECUTABLE "${_wanco_words}compile -o <TARGET> @<OBJECTS>")
endmacro()

# ---- arguments ----

macro(_wanco_set_default name value)
  if(NOT DEFINED arg_${name})
    set(arg_${name} "${value}")
  endif()
endmacro()

# The instruction set that the project is built for.
macro(_wanco_target_isa result)
  string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" ${result})
  string(REGEX REPLACE "^(amd64|x64)$" "x86_64" ${result} "${${result}}")
  string(REGEX REPLACE "^arm64$" "aarch64" ${result} "${${result}}")
  if(NOT ${result} IN_LIST Wanco_ISAS)
    list(JOIN Wanco_ISAS ", " words)
    _wanco_fail("the project is built for ${CMAKE_SYSTEM_PROCESSOR}, which is none of ${words}: name one with ISA")
  endif()
endmacro()

function(_wanco_fail text)
  message(FATAL_ERROR "${_wanco_caller}: ${text}")
endfunction()

macro(_wanco_check_arguments)
  if(NOT DEFINED Wanco_ISAS)
    _wanco_fail("find_package(Wanco) must be called in this directory or in one above")
  endif()
  if(DEFINED arg_UNPARSED_ARGUMENTS)
    list(JOIN arg_UNPARSED_ARGUMENTS ", " words)
    _wanco_fail("unknown arguments: ${words}")
  endif()
  list(REMOVE_ITEM arg_KEYWORDS_MISSING_VALUES CF_PROTECTION) # alone it means: full
  if(arg_KEYWORDS_MISSING_VALUES)
    list(JOIN arg_KEYWORDS_MISSING_VALUES ", " words)
    _wanco_fail("no value given for ${words}")
  endif()
  if(TARGET "${target}")
    _wanco_fail("there is a target of this name already")
  endif()
  set(given)
  foreach(kind IN ITEMS WASM TARGET SOURCES)
    if(DEFINED arg_${kind})
      list(APPEND given ${kind})
    endif()
  endforeach()
  list(LENGTH given count)
  if(NOT count EQUAL 1)
    list(JOIN given " and " words)
    _wanco_fail("exactly one of WASM, TARGET and SOURCES is wanted; given: ${words}")
  endif()
  if(DEFINED arg_OPTIMIZE AND NOT arg_OPTIMIZE MATCHES "^[0-3]$")
    _wanco_fail("OPTIMIZE ${arg_OPTIMIZE}: it is 0 to 3")
  endif()
  if(DEFINED arg_POLL_INTERVAL AND NOT arg_POLL_INTERVAL MATCHES "^[1-9][0-9]*$")
    _wanco_fail("POLL_INTERVAL ${arg_POLL_INTERVAL}: it is a number from 1 on")
  endif()
  if(DEFINED arg_COMPILE_OPTIONS AND NOT DEFINED arg_SOURCES AND NOT DEFINED arg_HOST_SOURCES)
    _wanco_fail("COMPILE_OPTIONS are for SOURCES and HOST_SOURCES, of which there are none")
  endif()
  if(NOT DEFINED arg_CF_PROTECTION)
    set(cf_protection full)
  elseif(arg_CF_PROTECTION MATCHES "^(full|none)$")
    set(cf_protection ${arg_CF_PROTECTION})
  else()
    _wanco_fail("CF_PROTECTION ${arg_CF_PROTECTION}: it is full or none")
  endif()
  if((DEFINED arg_SOURCES OR DEFINED arg_HOST_SOURCES) AND NOT _Wanco_ZIG)
    _wanco_fail("SOURCES and HOST_SOURCES are compiled by the Python package ziglang, which ${Wanco_PYTHON} does not have: \
pip install ziglang")
  endif()
endmacro()

# Names of instruction sets, each once; `native` and `all` are understood, none means native.
macro(_wanco_resolve_isas names result)
  set(${result})
  foreach(name ${names})
    if(name STREQUAL "all")
      list(APPEND ${result} ${Wanco_ISAS})
    elseif(name STREQUAL "native")
      _wanco_require_native("ISAS native")
      list(APPEND ${result} ${Wanco_NATIVE_ISA})
    elseif(name IN_LIST Wanco_ISAS)
      list(APPEND ${result} ${name})
    else()
      list(JOIN Wanco_ISAS ", " words)
      _wanco_fail("unknown instruction set '${name}' in ISAS: choose from ${words}, native, all")
    endif()
  endforeach()
  if(NOT ${result})
    _wanco_require_native("no ISAS given")
    set(${result} ${Wanco_NATIVE_ISA})
  endif()
  list(REMOVE_DUPLICATES ${result})
endmacro()

macro(_wanco_require_native why)
  if(NOT Wanco_NATIVE_ISA)
    list(JOIN Wanco_ISAS ", " words)
    _wanco_fail("${why}, but this machine (${CMAKE_HOST_SYSTEM_PROCESSOR}) is none of ${words}: name some with ISAS")
  endif()
endmacro()

# The options and the usage requirements of libraries as an interface library, so that CMake
# follows from one library to the next. Libraries are targets, files, or names as for -l.
# Sets usage (compile options, a list after evaluation), link_words and link_files.
macro(_wanco_usage)
  add_library(${target}-usage INTERFACE)
  set(link_words)
  set(link_files)
  foreach(library IN LISTS arg_LINK_LIBRARIES)
    if(TARGET "${library}")
      target_link_libraries(${target}-usage INTERFACE ${library})
      get_target_property(type ${library} TYPE)
      if(NOT type STREQUAL "INTERFACE_LIBRARY")
        list(APPEND link_words "$<TARGET_FILE:${library}>")
        list(APPEND link_files "$<TARGET_FILE:${library}>")
      endif()
    elseif(library MATCHES "^[A-Za-z0-9_+.-]+$" AND NOT library MATCHES "^-|\\.(a|o)$")
      list(APPEND link_words "-l${library}")
    else()
      list(APPEND link_words "${library}")
      if(NOT library MATCHES "^-")
        list(APPEND link_files "${library}")
      endif()
    endif()
  endforeach()
  target_compile_options(${target}-usage INTERFACE ${arg_COMPILE_OPTIONS})
  set(folders "$<TARGET_PROPERTY:${target}-usage,INTERFACE_INCLUDE_DIRECTORIES>")
  set(definitions "$<TARGET_PROPERTY:${target}-usage,INTERFACE_COMPILE_DEFINITIONS>")
  set(usage -O${arg_OPTIMIZE} "$<$<BOOL:${folders}>:-I$<JOIN:${folders},$<SEMICOLON>-I>>" "$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},$<SEMICOLON>-D>>"
            "$<TARGET_PROPERTY:${target}-usage,INTERFACE_COMPILE_OPTIONS>")
endmacro()

# ---- the module ----

# Sets module, its path, and module_target, which makes it if anything does.
macro(_wanco_module)
  if(DEFINED arg_WASM)
    _wanco_module_from_file("${arg_WASM}")
  elseif(DEFINED arg_TARGET)
    _wanco_module_from_target("${arg_TARGET}")
  else()
    _wanco_module_from_sources()
  endif()
endmacro()

macro(_wanco_module_from_file file)
  cmake_path(ABSOLUTE_PATH arg_WASM BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE OUTPUT_VARIABLE module)
  if(NOT EXISTS "${module}")
    # Made by a custom command of this directory, where relative names are of the build tree?
    cmake_path(ABSOLUTE_PATH arg_WASM BASE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}" NORMALIZE OUTPUT_VARIABLE module)
  endif()
  get_source_file_property(generated "${module}" GENERATED)
  if(generated)
    set(module_target ${target}-wasm)
    add_custom_target(${module_target} DEPENDS "${module}")
  else()
    set(module_target)
    _wanco_check_module("${module}" "${file}")
  endif()
endmacro()

function(_wanco_check_module path given)
  if(NOT EXISTS "${path}" OR IS_DIRECTORY "${path}")
    _wanco_fail("there is no file ${given}; if the build makes it, add_custom_command(OUTPUT) in this directory must say so, \
or use TARGET")
  endif()
  if(path MATCHES "\\.wat$")
    return()
  endif()
  file(READ "${path}" magic LIMIT 4 HEX)
  if(NOT magic STREQUAL "0061736d")
    _wanco_fail("${given} is not a WebAssembly module: it does not begin with \\0asm")
  endif()
endfunction()

# A copy of what another target makes: its path is known now, and nothing is compiled again
# when the other target was made anew with the same content.
macro(_wanco_module_from_target other)
  if(NOT TARGET "${other}")
    _wanco_fail("TARGET ${other}: there is no such target (it must be defined before)")
  endif()
  get_target_property(type ${other} TYPE)
  get_target_property(made ${other} WANCO_MODULE)
  if(made)
    set(file "${made}")
  elseif(type STREQUAL "EXECUTABLE")
    set(file "$<TARGET_FILE:${other}>")
  else()
    _wanco_fail("TARGET ${other} is no executable: set its property WANCO_MODULE to the path of the module that it makes")
  endif()
  set(module "${work}/${target}.wasm")
  set(module_target ${target}-wasm)
  add_custom_command(
    OUTPUT "${module}"
    COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${file}" "${module}"
    DEPENDS ${other} "${file}"
    COMMENT "Taking module of ${other} for ${target}"
    VERBATIM)
  add_custom_target(${module_target} DEPENDS "${module}")
endmacro()

set(_Wanco_C_EXTENSIONS .c)
set(_Wanco_CXX_EXTENSIONS .cc .cpp .cxx .c++ .C)
set(_Wanco_HEADER_EXTENSIONS .h .hh .hpp .hxx .inc .inl)

# SOURCES to WebAssembly, by zig's clang and WASI libc.
macro(_wanco_module_from_sources)
  set(module "${work}/${target}.wasm")
  set(module_target ${target}-wasm)
  set(flags -target wasm32-wasi ${usage})
  _wanco_signature("${work}/compile.flags" "${flags}")
  set(objects)
  set(driver cc)
  foreach(source IN LISTS arg_SOURCES)
    _wanco_language("${source}" language)
    if(NOT language STREQUAL "HEADER")
      _wanco_add_object("${source}" ${language} "${work}/wasm" "${flags}" "${work}/compile.flags" object)
      list(APPEND objects "${object}")
    endif()
    if(language STREQUAL "CXX")
      set(driver c++)
    endif()
  endforeach()
  if(NOT objects)
    _wanco_fail("SOURCES are headers only")
  endif()
  set(words "${_Wanco_ZIG}" ${driver} -target wasm32-wasi ${module_flags} -O${arg_OPTIMIZE} ${objects} ${link_words})
  _wanco_signature("${work}/link.flags" "${words}")
  add_custom_command(
    OUTPUT "${module}"
    COMMAND ${words} -o "${module}"
    DEPENDS ${objects} "${work}/link.flags" ${link_files}
    COMMENT "Linking WebAssembly module ${target}.wasm"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${module_target} DEPENDS "${module}")
endmacro()

# Options in a file that is written only when they change: Make does not notice a changed command.
function(_wanco_signature path options)
  list(JOIN options "\n" lines)
  file(GENERATE OUTPUT "${path}" CONTENT "${lines}\n")
endfunction()

function(_wanco_language source result)
  cmake_path(GET source EXTENSION LAST_ONLY extension)
  foreach(language IN ITEMS C CXX HEADER)
    if(extension IN_LIST _Wanco_${language}_EXTENSIONS)
      set(${result} ${language} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  _wanco_fail("${source}: neither C nor C++ by its suffix")
endfunction()

# Compiles one source; its headers are dependencies.
function(_wanco_add_object source language folder flags signature result)
  cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE OUTPUT_VARIABLE path)
  get_source_file_property(generated "${path}" GENERATED)
  if(NOT generated AND NOT EXISTS "${path}")
    _wanco_fail("there is no source file ${source}")
  endif()
  cmake_path(RELATIVE_PATH path BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE name)
  string(REPLACE "../" "__/" name "${name}")
  set(object "${folder}/${name}.o")
  cmake_path(GET object PARENT_PATH parent)
  file(MAKE_DIRECTORY "${parent}")
  set(driver_C cc)
  set(driver_CXX c++)
  add_custom_command(
    OUTPUT "${object}"
    COMMAND "${_Wanco_ZIG}" ${driver_${language}} ${flags} -fno-sanitize=undefined -MD -MF "${object}.d" -c "${path}" -o "${object}"
    DEPENDS "${path}" "${signature}"
    DEPFILE "${object}.d"
    COMMENT "Building ${language} object ${name}.o for ${target}"
    COMMAND_EXPAND_LISTS VERBATIM)
  set(${result} "${object}" PARENT_SCOPE)
endfunction()

# ---- the executables ----

# Writes options_file, what `wanco compile` is told; sets host_objects.
macro(_wanco_options isa)
  _wanco_host_objects(${isa} host_objects)
  set(options_file "${work}/${isa}.options")
  set(words "${module}" --target ${isa} ${ARGN} -O${arg_OPTIMIZE} --cf-protection=${cf_protection} --poll-interval=${arg_POLL_INTERVAL})
  if(DEFINED arg_CPU)
    list(APPEND words "--cpu=${arg_CPU}")
  endif()
  if(arg_NO_CHECKPOINT)
    list(APPEND words --no-checkpoint)
  endif()
  foreach(value IN LISTS arg_GLOBALS)
    list(APPEND words "--global=${value}")
  endforeach()
  foreach(object IN LISTS host_objects)
    list(APPEND words "--link=${object}")
  endforeach()
  list(JOIN words "\n" lines)
  file(GENERATE OUTPUT "${options_file}" CONTENT "# compiler ${_Wanco_COMPILER}\n${lines}\n")
endmacro()

macro(_wanco_add_for_isa name isa)
  _wanco_options(${isa})
  set(exclude)
  if(arg_EXCLUDE_FROM_ALL)
    set(exclude EXCLUDE_FROM_ALL)
  endif()
  add_executable(${name} ${exclude} "${options_file}")
  set_source_files_properties("${options_file}" PROPERTIES EXTERNAL_OBJECT TRUE)
  set_target_properties(
    ${name}
    PROPERTIES LINKER_LANGUAGE Wanco
               LINK_DEPENDS "${module};${host_objects}"
               SUFFIX ""
               INTERPROCEDURAL_OPTIMIZATION OFF
               CROSSCOMPILING_EMULATOR ""
               WANCO_ISA ${isa}
               WANCO_MODULE "${module}"
               WANCO_OPTIMIZE ${arg_OPTIMIZE}
               WANCO_POLL_INTERVAL ${arg_POLL_INTERVAL}
               WANCO_EMULATOR "${Wanco_EMULATOR_${isa}}"
               WANCO_HOST_OBJECTS "${host_objects}")
  _wanco_run_by_emulator(${name} ${isa})
  if(DEFINED arg_OUTPUT_NAME)
    set_property(TARGET ${name} PROPERTY OUTPUT_NAME "${arg_OUTPUT_NAME}${suffix}")
  endif()
  if(module_target)
    add_dependencies(${name} ${module_target})
  endif()
  if(host_objects)
    add_custom_target(${target}-host-${isa} DEPENDS ${host_objects})
    add_dependencies(${name} ${target}-host-${isa})
  endif()
endmacro()

# add_test(COMMAND target) then goes through the emulator by itself. From CMake 3.29 on there
# is a property that says just this; before, there was only the one for cross-compiling.
macro(_wanco_run_by_emulator name isa)
  if(Wanco_EMULATOR_${isa})
    if(CMAKE_VERSION VERSION_LESS 3.29)
      set_property(TARGET ${name} PROPERTY CROSSCOMPILING_EMULATOR ${Wanco_EMULATOR_${isa}})
    else()
      set_property(TARGET ${name} PROPERTY TEST_LAUNCHER ${Wanco_EMULATOR_${isa}})
    endif()
  endif()
endmacro()

# Host functions, compiled for the instruction set.
macro(_wanco_host_objects isa result)
  set(${result})
  if(DEFINED arg_HOST_SOURCES)
    separate_arguments(flags UNIX_COMMAND "${Wanco_C_FLAGS_${isa}}")
    set(model -fno-pic)
    if(DEFINED arg_PREFIX) # a library
      set(model -fPIC)
    endif()
    set(flags -target ${isa}-linux-musl ${flags} ${model} -fno-stack-protector "-I${Wanco_INCLUDE_DIR}" ${usage})
    _wanco_signature("${work}/host-${isa}.flags" "${flags}")
    foreach(source IN LISTS arg_HOST_SOURCES)
      _wanco_language("${source}" language)
      if(NOT language STREQUAL "HEADER")
        _wanco_add_object("${source}" ${language} "${work}/host-${isa}" "${flags}" "${work}/host-${isa}.flags" object)
        list(APPEND ${result} "${object}")
      endif()
    endforeach()
  endif()
endmacro()
