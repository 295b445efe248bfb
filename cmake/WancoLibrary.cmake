# add_wanco_library(): docs/cmake.md describes it.
#
# A static library of a module's exports, with its header: a custom command, and an imported
# target that is linked like any other library of the project.
include_guard()

function(add_wanco_library target)
  set(caller "add_wanco_library(${target})")
  cmake_parse_arguments(PARSE_ARGV 1 given "NO_CHECKPOINT" "${_Wanco_VALUES};ISA;PREFIX" "${_Wanco_LISTS}")
  _wanco_complete_arguments("${caller}" "${target}" given)
  _wanco_resolve_isa("${caller}" "${given_ISA}" isa)
  if(NOT DEFINED given_OUTPUT_NAME)
    set(given_OUTPUT_NAME ${target})
  endif()
  if(NOT DEFINED given_PREFIX)
    string(MAKE_C_IDENTIFIER "${given_OUTPUT_NAME}" given_PREFIX)
  endif()
  set(work "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.wanco")
  set(folder "${work}/library")
  file(MAKE_DIRECTORY "${folder}")
  _wanco_add_usage(${target} given FLAGS usage)
  _wanco_add_module("${caller}" ${target} given
    WORK "${work}" FLAGS ${usage} LINK_FLAGS -mexec-model=reactor MODULE module MODULE_TARGET module_target)

  set(library "${folder}/lib${given_OUTPUT_NAME}.a")
  set(header "${folder}/${given_OUTPUT_NAME}.h")
  set(options_file "${work}/${isa}.options")
  _wanco_add_host_objects("${caller}" ${target} ${isa} given WORK "${work}" MODEL -fPIC FLAGS ${usage} OBJECTS host_objects)
  _wanco_write_options("${options_file}" "${module}" ${isa} given EXTRA --emit=lib "--prefix=${given_PREFIX}" OBJECTS ${host_objects})
  add_custom_command(
    OUTPUT "${folder}/stamp"
    BYPRODUCTS "${library}" "${header}"
    COMMAND ${_Wanco_COMMAND} compile -o "${library}" "@${options_file}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${folder}/stamp"
    DEPENDS "${options_file}" "${module}" ${host_objects} ${module_target}
    COMMENT "Linking Wanco library lib${given_OUTPUT_NAME}.a"
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
