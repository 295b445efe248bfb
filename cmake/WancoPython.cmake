# The Python interpreter that has the package wanco, and what the package says of itself.
include_guard()

# The package is taken only from an interpreter in which it is the one that the configuration
# file belongs to. That file's own folder comes first, as it lies in the environment's
# site-packages; nothing need be activated.
#
# FACTS, COMMAND and TRIED name the results: what the package says of itself, as JSON, empty if there
# is no such interpreter; the command line program, as a list; the interpreters that were asked.
function(_wanco_find_python package_dir cmake_dir)
  cmake_parse_arguments(PARSE_ARGV 2 out "" "FACTS;COMMAND;TRIED" "")
  _wanco_candidates("${package_dir}" candidates)
  set(tried)
  foreach(python IN LISTS candidates)
    if(NOT EXISTS "${python}")
      continue()
    endif()
    list(APPEND tried "${python}")
    _wanco_ask("${python}" "" "${cmake_dir}" FACTS facts COMMAND command)
    if(NOT facts AND EXISTS "${package_dir}/__init__.py")
      # Installed by cmake --install to a prefix of its own: not on the interpreter's path.
      cmake_path(GET package_dir PARENT_PATH path)
      _wanco_ask("${python}" "${path}" "${cmake_dir}" FACTS facts COMMAND command)
    endif()
    if(facts)
      set(Wanco_PYTHON "${python}" CACHE FILEPATH "Python interpreter that has the package wanco")
      break()
    endif()
  endforeach()
  set(${out_FACTS} "${facts}" PARENT_SCOPE)
  set(${out_COMMAND} "${command}" PARENT_SCOPE)
  set(${out_TRIED} "${tried}" PARENT_SCOPE)
endfunction()

# Interpreters to ask, in this order.
function(_wanco_candidates package_dir result)
  set(candidates "${Wanco_PYTHON}")
  if(NOT Wanco_PYTHON)
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
  set(${result} "${candidates}" PARENT_SCOPE)
endfunction()

# Asks one; results as above, both empty if it has no such package or another one. The module is run
# without the working directory in Python's path (-P).
function(_wanco_ask python path cmake_dir)
  cmake_parse_arguments(PARSE_ARGV 3 out "" "FACTS;COMMAND" "")
  set(${out_FACTS} "" PARENT_SCOPE)
  set(${out_COMMAND} "" PARENT_SCOPE)
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
  if(failed)
    return()
  endif()
  string(JSON theirs ERROR_VARIABLE no_folder GET "${facts}" cmake_dir)
  file(REAL_PATH "${cmake_dir}" ours)
  if(no_folder OR NOT theirs STREQUAL ours)
    return()
  endif()
  set(${out_FACTS} "${facts}" PARENT_SCOPE)
  set(${out_COMMAND} "${command}" PARENT_SCOPE)
endfunction()

# Sets the facts in the caller's scope: <public>_<NAME> those that wanco-config.cmake lists as results,
# <private>_<NAME> the others.
function(_wanco_set_facts facts public private)
  foreach(name IN ITEMS VERSION NATIVE_ISA INCLUDE_DIR)
    _wanco_fact("${facts}" ${name} fact)
    set(${public}_${name} "${fact}" PARENT_SCOPE)
  endforeach()
  foreach(name IN ITEMS COMPILER ZIG HAS_PYTEST)
    _wanco_fact("${facts}" ${name} fact)
    set(${private}_${name} "${fact}" PARENT_SCOPE)
  endforeach()
  string(JSON array GET "${facts}" isas)
  _wanco_json_list("${array}" isas)
  set(${public}_ISAS "${isas}" PARENT_SCOPE)
  foreach(isa IN LISTS isas)
    string(JSON array GET "${facts}" emulators ${isa})
    _wanco_json_list("${array}" emulator)
    set(${public}_EMULATOR_${isa} "${emulator}" PARENT_SCOPE)
  endforeach()
endfunction()

# When the package changes, CMake runs again; what that rebuilds depends on the fact `compiler`.
function(_wanco_track_package facts)
  string(JSON array GET "${facts}" tracked)
  _wanco_json_list("${array}" files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
endfunction()

function(_wanco_fact facts name result)
  string(TOLOWER ${name} key)
  string(JSON fact GET "${facts}" ${key})
  set(${result} "${fact}" PARENT_SCOPE)
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
