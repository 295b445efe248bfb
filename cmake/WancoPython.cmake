# The Python interpreter that has the package wanco, and what the package says of itself.
include_guard()

# Sets the result variables that wanco-config.cmake lists, _Wanco_COMMAND (the command line
# program as a list) and the other facts as _Wanco_<NAME>; or Wanco_NOT_FOUND_MESSAGE.
#
# The package is taken only from an interpreter in which it is the one that the configuration
# file belongs to. That file's own folder comes first, as it lies in the environment's
# site-packages; nothing need be activated.
macro(_wanco_find_python package_dir cmake_dir)
  unset(Wanco_NOT_FOUND_MESSAGE)
  _wanco_choose_python("${package_dir}" "${cmake_dir}" _wanco_facts)
  if(_wanco_facts)
    _wanco_read_facts()
  else()
    string(
      CONCAT Wanco_NOT_FOUND_MESSAGE
             "No Python interpreter with the package wanco of ${package_dir} was found (tried: ${_wanco_tried}). "
             "Set Wanco_PYTHON to the one that it is installed for, with its dependencies.")
  endif()
endmacro()

function(_wanco_choose_python package_dir cmake_dir result)
  if(Wanco_PYTHON)
    set(candidates "${Wanco_PYTHON}")
  else()
    set(candidates ${Python_EXECUTABLE} ${Python3_EXECUTABLE})
    cmake_path(SET beside NORMALIZE "${package_dir}/../../../../bin/python3")
    list(APPEND candidates "${beside}")
    foreach(variable IN ITEMS VIRTUAL_ENV CONDA_PREFIX)
      if(DEFINED ENV{${variable}})
        list(APPEND candidates "$ENV{${variable}}/bin/python3")
      endif()
    endforeach()
    find_program(_wanco_path_python NAMES python3 python NO_CACHE)
    list(APPEND candidates ${_wanco_path_python})
    list(REMOVE_DUPLICATES candidates)
  endif()
  set(tried)
  foreach(python IN LISTS candidates)
    if(NOT EXISTS "${python}")
      continue()
    endif()
    list(APPEND tried "${python}")
    _wanco_ask("${python}" "" "${cmake_dir}" facts)
    if(NOT facts AND EXISTS "${package_dir}/__init__.py")
      # Installed by cmake --install to a prefix of its own: not on the interpreter's path.
      cmake_path(GET package_dir PARENT_PATH path)
      _wanco_ask("${python}" "${path}" "${cmake_dir}" facts)
    endif()
    if(facts)
      set(Wanco_PYTHON "${python}" CACHE FILEPATH "Python interpreter that has the package wanco")
      set(${result} "${facts}" PARENT_SCOPE)
      set(_Wanco_COMMAND "${_Wanco_COMMAND}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  list(JOIN tried ", " tried)
  set(_wanco_tried "${tried}" PARENT_SCOPE)
  set(${result} "" PARENT_SCOPE)
endfunction()

# What the package says of itself, as JSON; empty if the interpreter has none or another one.
# The module is run without the working directory in Python's path (-P).
function(_wanco_ask python path cmake_dir result)
  set(command "${python}" -P -m wanco)
  if(path)
    set(command "${CMAKE_COMMAND}" -E env "PYTHONPATH=${path}" ${command})
  endif()
  string(REPLACE "-m;wanco" "-m;wanco.facts" ask "${command}")
  execute_process(
    COMMAND ${ask}
    OUTPUT_VARIABLE facts
    RESULT_VARIABLE failed
    ERROR_QUIET)
  set(${result} "" PARENT_SCOPE)
  if(failed)
    return()
  endif()
  string(JSON theirs ERROR_VARIABLE no_folder GET "${facts}" cmake_dir)
  file(REAL_PATH "${cmake_dir}" ours)
  if(no_folder OR NOT theirs STREQUAL ours)
    return()
  endif()
  set(${result} "${facts}" PARENT_SCOPE)
  set(_Wanco_COMMAND "${command}" PARENT_SCOPE)
endfunction()

# A JSON array of strings as a list.
function(_wanco_json_list json result)
  string(JSON count LENGTH "${json}")
  set(items)
  if(count)
    math(EXPR last "${count} - 1")
    foreach(i RANGE ${last})
      string(JSON item GET "${json}" ${i})
      list(APPEND items "${item}")
    endforeach()
  endif()
  set(${result} "${items}" PARENT_SCOPE)
endfunction()

macro(_wanco_read_facts)
  foreach(_wanco_name IN ITEMS VERSION NATIVE_ISA INCLUDE_DIR)
    string(TOLOWER ${_wanco_name} _wanco_key)
    string(JSON Wanco_${_wanco_name} GET "${_wanco_facts}" ${_wanco_key})
  endforeach()
  foreach(_wanco_name IN ITEMS COMPILER ZIG HAS_PYTEST)
    string(TOLOWER ${_wanco_name} _wanco_key)
    string(JSON _Wanco_${_wanco_name} GET "${_wanco_facts}" ${_wanco_key})
  endforeach()
  string(JSON _wanco_array GET "${_wanco_facts}" isas)
  _wanco_json_list("${_wanco_array}" Wanco_ISAS)
  foreach(_wanco_isa IN LISTS Wanco_ISAS)
    string(JSON _wanco_array GET "${_wanco_facts}" emulators ${_wanco_isa})
    _wanco_json_list("${_wanco_array}" Wanco_EMULATOR_${_wanco_isa})
  endforeach()
  # When the package changes, CMake runs again; what that rebuilds depends on _Wanco_COMPILER.
  string(JSON _wanco_array GET "${_wanco_facts}" tracked)
  _wanco_json_list("${_wanco_array}" _wanco_tracked)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${_wanco_tracked})
endmacro()
