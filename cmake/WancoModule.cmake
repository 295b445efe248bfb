# The WebAssembly module that something is made from: a file, what a target makes, or sources.
include_guard()

# The module of the arguments under `prefix`. MODULE names the result: its path; MODULE_TARGET that
# of what makes it, empty if nothing does. Sources are compiled with FLAGS, in the folder WORK, and
# linked with LINK_FLAGS.
function(_wanco_add_module caller target prefix)
  cmake_parse_arguments(PARSE_ARGV 3 arg "" "MODULE;MODULE_TARGET;WORK" "FLAGS;LINK_FLAGS")
  _wanco_warn_of_unknown(${CMAKE_CURRENT_FUNCTION} "${arg_UNPARSED_ARGUMENTS}")
  if(DEFINED ${prefix}_WASM)
    _wanco_module_from_file("${caller}" ${target} "${${prefix}_WASM}" MODULE module MODULE_TARGET module_target)
  else()
    set(module "${arg_WORK}/${target}.wasm")
    set(module_target ${target}-wasm)
    if(DEFINED ${prefix}_TARGET)
      _wanco_copy_module("${caller}" ${target} "${${prefix}_TARGET}" "${module}")
    else()
      _wanco_link_module("${caller}" ${target} ${prefix} "${module}" WORK "${arg_WORK}" FLAGS ${arg_FLAGS} LINK_FLAGS ${arg_LINK_FLAGS})
    endif()
    add_custom_target(${module_target} DEPENDS "${module}")
  endif()
  set(${arg_MODULE} "${module}" PARENT_SCOPE)
  set(${arg_MODULE_TARGET} "${module_target}" PARENT_SCOPE)
endfunction()

# A file of the source tree, or one that a custom command of this directory makes. Results as above.
function(_wanco_module_from_file caller target file)
  cmake_parse_arguments(PARSE_ARGV 3 out "" "MODULE;MODULE_TARGET" "")
  _wanco_warn_of_unknown(${CMAKE_CURRENT_FUNCTION} "${out_UNPARSED_ARGUMENTS}")
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE OUTPUT_VARIABLE module)
  if(NOT EXISTS "${module}")
    # Made by a custom command? Relative names of what it makes are of the build tree.
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}" NORMALIZE OUTPUT_VARIABLE module)
  endif()
  set(module_target)
  get_source_file_property(generated "${module}" GENERATED)
  if(generated)
    set(module_target ${target}-wasm)
    add_custom_target(${module_target} DEPENDS "${module}")
  else()
    _wanco_check_module("${caller}" "${module}" "${file}")
  endif()
  set(${out_MODULE} "${module}" PARENT_SCOPE)
  set(${out_MODULE_TARGET} "${module_target}" PARENT_SCOPE)
endfunction()

function(_wanco_check_module caller path given)
  if(NOT EXISTS "${path}" OR IS_DIRECTORY "${path}")
    _wanco_fail("${caller}" "there is no file ${given}; if the build makes it, add_custom_command(OUTPUT) in this directory must say so, \
or use TARGET")
  endif()
  if(path MATCHES "\\.wat$")
    return()
  endif()
  file(READ "${path}" magic LIMIT 4 HEX)
  if(NOT magic STREQUAL "0061736d")
    _wanco_fail("${caller}" "${given} is not a WebAssembly module: it does not begin with \\0asm")
  endif()
endfunction()

# A copy of what another target makes: its path is known now, and nothing is compiled again
# when the other target was made anew with the same content.
function(_wanco_copy_module caller target other module)
  if(NOT TARGET "${other}")
    _wanco_fail("${caller}" "TARGET ${other}: there is no such target (it must be defined before)")
  endif()
  get_target_property(type ${other} TYPE)
  get_target_property(made ${other} WANCO_MODULE)
  if(made)
    set(file "${made}")
  elseif(type STREQUAL "EXECUTABLE")
    set(file "$<TARGET_FILE:${other}>")
  else()
    _wanco_fail("${caller}" "TARGET ${other} is no executable: set its property WANCO_MODULE to the path of the module that it makes")
  endif()
  add_custom_command(
    OUTPUT "${module}"
    COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${file}" "${module}"
    DEPENDS ${other} "${file}"
    COMMENT "Taking module of ${other} for ${target}"
    VERBATIM)
endfunction()

# SOURCES to WebAssembly, linked with LINK_LIBRARIES.
function(_wanco_link_module caller target prefix module)
  cmake_parse_arguments(PARSE_ARGV 4 arg "" "WORK" "FLAGS;LINK_FLAGS")
  _wanco_warn_of_unknown(${CMAKE_CURRENT_FUNCTION} "${arg_UNPARSED_ARGUMENTS}")
  _wanco_add_objects("${caller}" ${target}
    SOURCES ${${prefix}_SOURCES}
    FLAGS -target wasm32-wasi ${arg_FLAGS}
    FOLDER "${arg_WORK}/wasm" SIGNATURE "${arg_WORK}/compile.flags"
    OBJECTS objects DRIVER driver)
  if(NOT objects)
    _wanco_fail("${caller}" "SOURCES are headers only")
  endif()
  _wanco_link_libraries("${${prefix}_LINK_LIBRARIES}" WORDS libraries FILES library_files)
  set(words "${_Wanco_ZIG}" ${driver} -target wasm32-wasi ${arg_LINK_FLAGS} -O${${prefix}_OPTIMIZE} ${objects} ${libraries})
  _wanco_write_signature("${arg_WORK}/link.flags" "${words}")
  add_custom_command(
    OUTPUT "${module}"
    COMMAND ${words} -o "${module}"
    DEPENDS ${objects} "${arg_WORK}/link.flags" ${library_files}
    COMMENT "Linking WebAssembly module ${target}.wasm"
    COMMAND_EXPAND_LISTS VERBATIM)
endfunction()
