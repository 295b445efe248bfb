# add_wanco_executable(): docs/cmake.md describes it.
#
# An executable is a real target whose only object is a file of options for `wanco compile`;
# its "link" is the compiler's run. So everything that CMake can do with an executable works:
# output names and folders, generator expressions, install(TARGETS), add_test().
include_guard()

define_property(TARGET PROPERTY WANCO_ISA BRIEF_DOCS "Instruction set of an executable made by Wanco")
define_property(TARGET PROPERTY WANCO_MODULE BRIEF_DOCS "The WebAssembly module that a target makes or is made from")
define_property(TARGET PROPERTY WANCO_EMULATOR BRIEF_DOCS "Command that runs the executable here; empty if it runs natively")
define_property(TARGET PROPERTY WANCO_TARGETS BRIEF_DOCS "Executables of one add_wanco_executable(), one per instruction set")
define_property(TARGET PROPERTY WANCO_OPTIMIZE BRIEF_DOCS "Optimisation level of an executable made by Wanco")
define_property(TARGET PROPERTY WANCO_POLL_INTERVAL BRIEF_DOCS "Iterations of inner loops between polls")
define_property(TARGET PROPERTY WANCO_HOST_OBJECTS BRIEF_DOCS "Objects with host functions that are linked")

function(add_wanco_executable target)
  set(caller "add_wanco_executable(${target})")
  cmake_parse_arguments(PARSE_ARGV 1 given "NO_CHECKPOINT;EXCLUDE_FROM_ALL" "${_Wanco_VALUES}" "${_Wanco_LISTS};ISAS")
  _wanco_complete_arguments("${caller}" "${target}" given)
  _wanco_resolve_isas("${caller}" "${given_ISAS}" isas)
  set(work "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.wanco")
  file(MAKE_DIRECTORY "${work}")
  _wanco_add_usage(${target} given FLAGS usage)
  _wanco_add_module("${caller}" ${target} given WORK "${work}" FLAGS ${usage} MODULE module MODULE_TARGET module_target)

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
    _wanco_add_host_objects("${caller}" ${target} ${isa} given WORK "${work}" MODEL -fno-pic FLAGS ${usage} OBJECTS host_objects)
    _wanco_write_options("${work}/${isa}.options" "${module}" ${isa} given OBJECTS ${host_objects})
    _wanco_add_for_isa(${target}${suffix} ${isa} given
      OPTIONS_FILE "${work}/${isa}.options" MODULE "${module}" HOST_OBJECTS ${host_objects} DEPENDS ${module_target})
    if(DEFINED given_OUTPUT_NAME)
      set_property(TARGET ${target}${suffix} PROPERTY OUTPUT_NAME "${given_OUTPUT_NAME}${suffix}")
    endif()
    if(host_objects)
      add_custom_target(${target}-host-${isa} DEPENDS ${host_objects})
      add_dependencies(${target}${suffix} ${target}-host-${isa})
    endif()
    list(APPEND all_targets ${target}${suffix})
  endforeach()
  set_property(TARGET ${all_targets} PROPERTY WANCO_TARGETS ${all_targets})
  add_executable(${target}-${main_isa} ALIAS ${target})

  # The rule is looked up in the directory where the target is, when everything is read.
  cmake_language(DEFER CALL _wanco_link_rule CMAKE_Wanco_LINK_EXECUTABLE)
endfunction()

# How CMake "links" a target whose linker language is Wanco.
function(_wanco_link_rule result)
  set(words)
  foreach(word IN LISTS _Wanco_COMMAND)
    string(APPEND words "\"${word}\" ")
  endforeach()
  set(${result} "${words}compile -o <TARGET> @<OBJECTS>" PARENT_SCOPE)
endfunction()

# The executable `name` for one instruction set.
function(_wanco_add_for_isa name isa prefix)
  cmake_parse_arguments(PARSE_ARGV 3 arg "" "OPTIONS_FILE;MODULE" "HOST_OBJECTS;DEPENDS")
  _wanco_warn_of_unknown(${CMAKE_CURRENT_FUNCTION} "${arg_UNPARSED_ARGUMENTS}")
  set(exclude)
  if(${prefix}_EXCLUDE_FROM_ALL)
    set(exclude EXCLUDE_FROM_ALL)
  endif()
  add_executable(${name} ${exclude} "${arg_OPTIONS_FILE}")
  set_source_files_properties("${arg_OPTIONS_FILE}" PROPERTIES EXTERNAL_OBJECT TRUE)
  set_target_properties(
    ${name}
    PROPERTIES LINKER_LANGUAGE Wanco
               LINK_DEPENDS "${arg_MODULE};${arg_HOST_OBJECTS}"
               SUFFIX ""
               INTERPROCEDURAL_OPTIMIZATION OFF
               CROSSCOMPILING_EMULATOR ""
               WANCO_ISA ${isa}
               WANCO_MODULE "${arg_MODULE}"
               WANCO_OPTIMIZE ${${prefix}_OPTIMIZE}
               WANCO_POLL_INTERVAL ${${prefix}_POLL_INTERVAL}
               WANCO_EMULATOR "${Wanco_EMULATOR_${isa}}"
               WANCO_HOST_OBJECTS "${arg_HOST_OBJECTS}")
  _wanco_run_by_emulator(${name} ${isa})
  if(arg_DEPENDS)
    add_dependencies(${name} ${arg_DEPENDS})
  endif()
endfunction()

# add_test(COMMAND target) then goes through the emulator by itself. From CMake 3.29 on there
# is a property that says just this; before, there was only the one for cross-compiling.
function(_wanco_run_by_emulator name isa)
  if(Wanco_EMULATOR_${isa})
    if(CMAKE_VERSION VERSION_LESS 3.29)
      set_property(TARGET ${name} PROPERTY CROSSCOMPILING_EMULATOR ${Wanco_EMULATOR_${isa}})
    else()
      set_property(TARGET ${name} PROPERTY TEST_LAUNCHER ${Wanco_EMULATOR_${isa}})
    endif()
  endif()
endfunction()
