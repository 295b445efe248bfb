# wanco_add_cross_isa_test(): docs/cmake.md describes it.
#
# The test is a small Python file, as a user of the pytest plugin would write it.
include_guard()

function(wanco_add_cross_isa_test name)
  set(caller "wanco_add_cross_isa_test(${name})")
  cmake_parse_arguments(PARSE_ARGV 1 given "" "TARGET;POINTS;MODE;STDIN" "ARGS;ISAS;DIRS;ENVIRONMENT;PYTEST_ARGS")
  _wanco_check_keywords("${caller}" given)
  _wanco_check_tested("${caller}" given)
  _wanco_tested_executables(${given_TARGET} ISAS built OBJECTS objects)
  set(isas ${built})
  if(DEFINED given_ISAS)
    _wanco_resolve_isas("${caller}" "${given_ISAS}" isas)
  endif()
  foreach(isa IN LISTS isas)
    if(NOT isa STREQUAL Wanco_NATIVE_ISA AND NOT Wanco_EMULATOR_${isa})
      _wanco_fail("${caller}" "nothing runs ${isa} here: install qemu-user, or choose others with ISAS")
    elseif(objects AND NOT isa IN_LIST built)
      _wanco_fail("${caller}" "the host functions of ${given_TARGET} are not compiled for ${isa}: add it to the ISAS of ${given_TARGET}")
    endif()
  endforeach()

  set(work "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${name}.wanco")
  set(file "${work}/test_cross_isa.py")
  get_target_property(module ${given_TARGET} WANCO_MODULE)
  _wanco_write_test("${file}" "${module}" "${objects}" given)
  file(WRITE "${work}/pytest.ini" "[pytest]\n")
  _wanco_test_options(${given_TARGET} "${isas}" given options)
  set(command ${_Wanco_COMMAND})
  list(TRANSFORM command REPLACE "^wanco$" "pytest")
  add_test(
    NAME ${name}
    COMMAND ${command} -q -c "${work}/pytest.ini" -p no:cacheprovider --import-mode=importlib "${file}" ${options} ${given_PYTEST_ARGS}
    WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  set_tests_properties(${name} PROPERTIES LABELS wanco ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
endfunction()

# There is something to test, and something to test it with.
function(_wanco_check_tested caller prefix)
  set(target "${${prefix}_TARGET}")
  if(NOT DEFINED ${prefix}_TARGET)
    _wanco_fail("${caller}" "TARGET is wanted: the executable to test")
  elseif(NOT TARGET "${target}")
    _wanco_fail("${caller}" "TARGET ${target}: there is no such target (it must be defined before)")
  endif()
  get_target_property(module ${target} WANCO_MODULE)
  get_target_property(executables ${target} WANCO_TARGETS)
  if(NOT module OR NOT executables)
    _wanco_fail("${caller}" "TARGET ${target} was not made by add_wanco_executable()")
  elseif(NOT _Wanco_HAS_PYTEST)
    _wanco_fail("${caller}" "the test needs the Python package pytest, which ${Wanco_PYTHON} does not have: pip install pytest")
  endif()
endfunction()

# All executables of the same call. ISAS and OBJECTS name the results: what they are for, and their
# objects with host functions.
function(_wanco_tested_executables target)
  cmake_parse_arguments(PARSE_ARGV 1 out "" "ISAS;OBJECTS" "")
  _wanco_warn_of_unknown(${CMAKE_CURRENT_FUNCTION} "${out_UNPARSED_ARGUMENTS}")
  get_target_property(executables ${target} WANCO_TARGETS)
  set(isas)
  set(objects)
  foreach(executable IN LISTS executables)
    get_target_property(isa ${executable} WANCO_ISA)
    get_target_property(more ${executable} WANCO_HOST_OBJECTS)
    list(APPEND isas ${isa})
    list(APPEND objects ${more})
  endforeach()
  set(${out_ISAS} "${isas}" PARENT_SCOPE)
  set(${out_OBJECTS} "${objects}" PARENT_SCOPE)
endfunction()

# The options of the pytest plugin.
function(_wanco_test_options target isas prefix result)
  get_target_property(optimize ${target} WANCO_OPTIMIZE)
  get_target_property(poll_interval ${target} WANCO_POLL_INTERVAL)
  list(JOIN isas "," isas)
  set(options --wanco-cross-isa "--wanco-isas=${isas}" "--wanco-opt-level=${optimize}" "--wanco-poll-interval=${poll_interval}")
  foreach(option IN ITEMS POINTS MODE)
    if(DEFINED ${prefix}_${option})
      string(TOLOWER ${option} word)
      list(APPEND options "--wanco-${word}=${${prefix}_${option}}")
    endif()
  endforeach()
  set(${result} "${options}" PARENT_SCOPE)
endfunction()

# The Python file that checks the program; it changes only with what it says.
function(_wanco_write_test file module objects prefix)
  _wanco_python_text("${module}" path)
  _wanco_python_list("${objects}" list)
  set(arguments "Program.read(${path}, link=${list})")
  _wanco_python_list("${${prefix}_ARGS}" list)
  string(APPEND arguments ",\n        args=${list}")
  if(DEFINED ${prefix}_STDIN)
    cmake_path(ABSOLUTE_PATH ${prefix}_STDIN BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE OUTPUT_VARIABLE stdin)
    _wanco_python_text("${stdin}" text)
    string(APPEND arguments ",\n        stdin=Path(${text}).read_bytes()")
  endif()
  if(DEFINED ${prefix}_DIRS)
    _wanco_python_folders("${${prefix}_DIRS}" pairs)
    string(APPEND arguments ",\n        dirs=${pairs}")
  endif()
  if(DEFINED ${prefix}_ENVIRONMENT)
    _wanco_python_list("${${prefix}_ENVIRONMENT}" list)
    string(APPEND arguments ",\n        env=dict(pair.split(\"=\", 1) for pair in ${list})")
  endif()
  file(
    CONFIGURE OUTPUT "${file}" @ONLY NEWLINE_STYLE UNIX
    CONTENT [[from pathlib import Path

from pytest_wanco import Program


def test_cross_isa(wanco_cross_isa):
    wanco_cross_isa(
        @arguments@,
    ).assert_identical()
]])
endfunction()

# ---- values as Python writes them ----

function(_wanco_python_text text result)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n" text "${text}")
  set(${result} "\"${text}\"" PARENT_SCOPE)
endfunction()

function(_wanco_python_list items result)
  set(texts)
  foreach(item IN LISTS items)
    _wanco_python_text("${item}" text)
    string(APPEND texts "${text}, ")
  endforeach()
  set(${result} "[${texts}]" PARENT_SCOPE)
endfunction()

# Folders, `folder` or `folder::guest`, as a list of pairs.
function(_wanco_python_folders folders result)
  set(pairs)
  foreach(pair IN LISTS folders)
    string(REGEX MATCH "^(.*[^:])::(.+)$" matched "${pair}")
    set(folder "${pair}")
    set(guest "${pair}")
    if(matched)
      set(folder "${CMAKE_MATCH_1}")
      set(guest "${CMAKE_MATCH_2}")
    endif()
    cmake_path(ABSOLUTE_PATH folder BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    _wanco_python_text("${folder}" folder)
    _wanco_python_text("${guest}" guest)
    list(APPEND pairs "(${folder}, ${guest})")
  endforeach()
  list(JOIN pairs ", " pairs)
  set(${result} "[${pairs}]" PARENT_SCOPE)
endfunction()
