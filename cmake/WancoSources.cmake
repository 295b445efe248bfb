# C and C++ to objects, by the clang in the Python package ziglang: for WebAssembly with WASI's
# libc, or host functions for an instruction set.
include_guard()

set(_Wanco_C_EXTENSIONS .c)
set(_Wanco_CXX_EXTENSIONS .cc .cpp .cxx .c++ .C)
set(_Wanco_HEADER_EXTENSIONS .h .hh .hpp .hxx .inc .inl)

# The interface library <target>-usage has the options and the usage requirements of libraries, so
# that CMake follows from one library to the next. FLAGS names the result: what compilers are told,
# a list after evaluation.
function(_wanco_add_usage target prefix)
  cmake_parse_arguments(PARSE_ARGV 2 out "" "FLAGS" "")
  _wanco_warn_of_unknown(${CMAKE_CURRENT_FUNCTION} "${out_UNPARSED_ARGUMENTS}")
  add_library(${target}-usage INTERFACE)
  foreach(library IN LISTS ${prefix}_LINK_LIBRARIES)
    if(TARGET "${library}")
      target_link_libraries(${target}-usage INTERFACE ${library})
    endif()
  endforeach()
  target_compile_options(${target}-usage INTERFACE ${${prefix}_COMPILE_OPTIONS})
  set(folders "$<TARGET_PROPERTY:${target}-usage,INTERFACE_INCLUDE_DIRECTORIES>")
  set(definitions "$<TARGET_PROPERTY:${target}-usage,INTERFACE_COMPILE_DEFINITIONS>")
  set(flags
      -O${${prefix}_OPTIMIZE}
      "$<$<BOOL:${folders}>:-I$<JOIN:${folders},$<SEMICOLON>-I>>"
      "$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},$<SEMICOLON>-D>>"
      "$<TARGET_PROPERTY:${target}-usage,INTERFACE_COMPILE_OPTIONS>")
  set(${out_FLAGS} "${flags}" PARENT_SCOPE)
endfunction()

# Libraries, which are targets, files, or names as for -l: WORDS names what the linker is told,
# FILES those of them that the link depends on.
function(_wanco_link_libraries libraries)
  cmake_parse_arguments(PARSE_ARGV 1 out "" "WORDS;FILES" "")
  _wanco_warn_of_unknown(${CMAKE_CURRENT_FUNCTION} "${out_UNPARSED_ARGUMENTS}")
  set(words)
  set(files)
  foreach(library IN LISTS libraries)
    if(TARGET "${library}")
      get_target_property(type ${library} TYPE)
      if(NOT type STREQUAL "INTERFACE_LIBRARY")
        list(APPEND words "$<TARGET_FILE:${library}>")
        list(APPEND files "$<TARGET_FILE:${library}>")
      endif()
    elseif(library MATCHES "^[A-Za-z0-9_+.-]+$" AND NOT library MATCHES "^-|\\.(a|o)$")
      list(APPEND words "-l${library}")
    else()
      list(APPEND words "${library}")
      if(NOT library MATCHES "^-")
        list(APPEND files "${library}")
      endif()
    endif()
  endforeach()
  set(${out_WORDS} "${words}" PARENT_SCOPE)
  set(${out_FILES} "${files}" PARENT_SCOPE)
endfunction()

# Objects of sources in FOLDER; SIGNATURE is the file for their flags. OBJECTS names the result,
# DRIVER that of what links them: cc, or c++ where one is C++.
function(_wanco_add_objects caller target)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "FOLDER;SIGNATURE;OBJECTS;DRIVER" "SOURCES;FLAGS")
  _wanco_warn_of_unknown(${CMAKE_CURRENT_FUNCTION} "${arg_UNPARSED_ARGUMENTS}")
  _wanco_write_signature("${arg_SIGNATURE}" "${arg_FLAGS}")
  set(objects)
  set(driver cc)
  foreach(source IN LISTS arg_SOURCES)
    _wanco_language("${caller}" "${source}" language)
    if(NOT language STREQUAL "HEADER")
      _wanco_add_object("${caller}" ${target} "${source}" ${language} object
        FOLDER "${arg_FOLDER}" SIGNATURE "${arg_SIGNATURE}" FLAGS ${arg_FLAGS})
      list(APPEND objects "${object}")
    endif()
    if(language STREQUAL "CXX")
      set(driver c++)
    endif()
  endforeach()
  set(${arg_OBJECTS} "${objects}" PARENT_SCOPE)
  if(arg_DRIVER)
    set(${arg_DRIVER} ${driver} PARENT_SCOPE)
  endif()
endfunction()

# Options in a file that is written only when they change: Make does not notice a changed command.
function(_wanco_write_signature path options)
  list(JOIN options "\n" lines)
  file(GENERATE OUTPUT "${path}" CONTENT "${lines}\n")
endfunction()

# C, CXX or HEADER.
function(_wanco_language caller source result)
  cmake_path(GET source EXTENSION LAST_ONLY extension)
  foreach(language IN ITEMS C CXX HEADER)
    if(extension IN_LIST _Wanco_${language}_EXTENSIONS)
      set(${result} ${language} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  _wanco_fail("${caller}" "${source}: neither C nor C++ by its suffix")
endfunction()

# Compiles one source; its headers are dependencies.
function(_wanco_add_object caller target source language result)
  cmake_parse_arguments(PARSE_ARGV 5 arg "" "FOLDER;SIGNATURE" "FLAGS")
  _wanco_warn_of_unknown(${CMAKE_CURRENT_FUNCTION} "${arg_UNPARSED_ARGUMENTS}")
  cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE OUTPUT_VARIABLE path)
  get_source_file_property(generated "${path}" GENERATED)
  if(NOT generated AND NOT EXISTS "${path}")
    _wanco_fail("${caller}" "there is no source file ${source}")
  endif()
  cmake_path(RELATIVE_PATH path BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE name)
  string(REPLACE "../" "__/" name "${name}")
  set(object "${arg_FOLDER}/${name}.o")
  cmake_path(GET object PARENT_PATH parent)
  file(MAKE_DIRECTORY "${parent}")
  set(driver_C cc)
  set(driver_CXX c++)
  add_custom_command(
    OUTPUT "${object}"
    COMMAND "${_Wanco_ZIG}" ${driver_${language}} ${arg_FLAGS} -fno-sanitize=undefined -MD -MF "${object}.d" -c "${path}" -o "${object}"
    DEPENDS "${path}" "${arg_SIGNATURE}"
    DEPFILE "${object}.d"
    COMMENT "Building ${language} object ${name}.o for ${target}"
    COMMAND_EXPAND_LISTS VERBATIM)
  set(${result} "${object}" PARENT_SCOPE)
endfunction()
