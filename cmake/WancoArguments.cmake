# Arguments of the public functions: what they share, their defaults, and what is wrong with them.
#
# In all files of this package a function that can fail is told which public function was called, with
# its first argument (`caller`); the arguments that the public function has parsed are handed on by
# their prefix (`given`, in public functions); results are variables that are named in the call, and
# nothing else is set.
include_guard()

# Keywords of everything that is compiled: one value, and several.
set(_Wanco_VALUES WASM TARGET OPTIMIZE CPU CF_PROTECTION POLL_INTERVAL OUTPUT_NAME)
set(_Wanco_LISTS SOURCES HOST_SOURCES LINK_LIBRARIES COMPILE_OPTIONS GLOBALS)

function(_wanco_fail caller text)
  message(FATAL_ERROR "${caller}: ${text}")
endfunction()

# For calls within this package: what cmake_parse_arguments() could not place is a mistake of ours.
function(_wanco_warn_of_unknown function unknown)
  if(unknown)
    list(JOIN unknown ", " words)
    message(AUTHOR_WARNING "${function}: unknown arguments: ${words}")
  endif()
endfunction()

# The same for the calls of users, where it is an error.
function(_wanco_check_keywords caller prefix)
  if(NOT DEFINED Wanco_ISAS)
    _wanco_fail("${caller}" "find_package(Wanco) must be called in this directory or in one above")
  endif()
  if(DEFINED ${prefix}_UNPARSED_ARGUMENTS)
    list(JOIN ${prefix}_UNPARSED_ARGUMENTS ", " words)
    _wanco_fail("${caller}" "unknown arguments: ${words}")
  endif()
  set(missing ${${prefix}_KEYWORDS_MISSING_VALUES})
  list(REMOVE_ITEM missing CF_PROTECTION) # alone it means: full
  if(missing)
    list(JOIN missing ", " words)
    _wanco_fail("${caller}" "no value given for ${words}")
  endif()
endfunction()

# Gives values to those of the common arguments that have none, and checks all of them.
function(_wanco_complete_arguments caller target prefix)
  _wanco_check_keywords("${caller}" ${prefix})
  if(TARGET "${target}")
    _wanco_fail("${caller}" "there is a target of this name already")
  endif()
  _wanco_check_module_arguments("${caller}" ${prefix})
  _wanco_check_source_arguments("${caller}" ${prefix})
  _wanco_complete_value("${caller}" OPTIMIZE 2 "^[0-3]$" "it is 0 to 3" ${prefix}_OPTIMIZE)
  _wanco_complete_value("${caller}" POLL_INTERVAL 1024 "^[1-9][0-9]*$" "it is a number from 1 on" ${prefix}_POLL_INTERVAL)
  if("CF_PROTECTION" IN_LIST ${prefix}_KEYWORDS_MISSING_VALUES)
    unset(${prefix}_CF_PROTECTION) # by the policies of some versions it is defined, and empty
  endif()
  _wanco_complete_value("${caller}" CF_PROTECTION full "^(full|none)$" "it is full or none" ${prefix}_CF_PROTECTION)
  foreach(name IN ITEMS OPTIMIZE POLL_INTERVAL CF_PROTECTION)
    set(${prefix}_${name} "${${prefix}_${name}}" PARENT_SCOPE)
  endforeach()
endfunction()

# The variable `argument` has a value of the wanted form, by default the given one.
function(_wanco_complete_value caller name default form wanted argument)
  if(NOT DEFINED ${argument})
    set(${argument} "${default}" PARENT_SCOPE)
  elseif(NOT ${argument} MATCHES "${form}")
    _wanco_fail("${caller}" "${name} ${${argument}}: ${wanted}")
  endif()
endfunction()

function(_wanco_check_module_arguments caller prefix)
  set(given)
  foreach(kind IN ITEMS WASM TARGET SOURCES)
    if(DEFINED ${prefix}_${kind})
      list(APPEND given ${kind})
    endif()
  endforeach()
  list(LENGTH given count)
  if(NOT count EQUAL 1)
    list(JOIN given " and " words)
    _wanco_fail("${caller}" "exactly one of WASM, TARGET and SOURCES is wanted; given: ${words}")
  endif()
endfunction()

# What is for sources, without any, is wrong if it could only be for them, else without effect.
function(_wanco_check_source_arguments caller prefix)
  if(DEFINED ${prefix}_SOURCES OR DEFINED ${prefix}_HOST_SOURCES)
    if(NOT _Wanco_ZIG)
      _wanco_fail("${caller}" "SOURCES and HOST_SOURCES are compiled by the Python package ziglang, which ${Wanco_PYTHON} does not \
have: pip install ziglang")
    endif()
  elseif(DEFINED ${prefix}_COMPILE_OPTIONS)
    _wanco_fail("${caller}" "COMPILE_OPTIONS are for SOURCES and HOST_SOURCES, of which there are none")
  elseif(DEFINED ${prefix}_LINK_LIBRARIES)
    message(AUTHOR_WARNING "${caller}: LINK_LIBRARIES are for SOURCES and HOST_SOURCES, of which there are none; not used")
  endif()
endfunction()

# ---- instruction sets ----

# Names of instruction sets, each once; `native` and `all` are understood, none means native.
function(_wanco_resolve_isas caller names result)
  set(isas)
  foreach(name IN LISTS names)
    if(name STREQUAL "all")
      list(APPEND isas ${Wanco_ISAS})
    elseif(name STREQUAL "native")
      _wanco_require_native("${caller}" "ISAS native")
      list(APPEND isas ${Wanco_NATIVE_ISA})
    elseif(name IN_LIST Wanco_ISAS)
      list(APPEND isas ${name})
    else()
      list(JOIN Wanco_ISAS ", " words)
      _wanco_fail("${caller}" "unknown instruction set '${name}' in ISAS: choose from ${words}, native, all")
    endif()
  endforeach()
  if(NOT isas)
    _wanco_require_native("${caller}" "no ISAS given")
    set(isas ${Wanco_NATIVE_ISA})
  endif()
  list(REMOVE_DUPLICATES isas)
  set(${result} "${isas}" PARENT_SCOPE)
endfunction()

function(_wanco_require_native caller why)
  if(NOT Wanco_NATIVE_ISA)
    list(JOIN Wanco_ISAS ", " words)
    _wanco_fail("${caller}" "${why}, but this machine (${CMAKE_HOST_SYSTEM_PROCESSOR}) is none of ${words}: name some with ISAS")
  endif()
endfunction()

# The one instruction set of a library: the one that is named, else the one that the project is built for.
function(_wanco_resolve_isa caller name result)
  if(NOT name STREQUAL "")
    _wanco_resolve_isas("${caller}" "${name}" isa)
    list(LENGTH isa count)
    if(NOT count EQUAL 1)
      _wanco_fail("${caller}" "ISA ${name}: a library is for one instruction set")
    endif()
  else()
    string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" isa)
    string(REGEX REPLACE "^(amd64|x64)$" "x86_64" isa "${isa}")
    string(REGEX REPLACE "^arm64$" "aarch64" isa "${isa}")
    if(NOT isa IN_LIST Wanco_ISAS)
      list(JOIN Wanco_ISAS ", " words)
      _wanco_fail("${caller}" "the project is built for ${CMAKE_SYSTEM_PROCESSOR}, which is none of ${words}: name one with ISA")
    endif()
  endif()
  set(${result} ${isa} PARENT_SCOPE)
endfunction()
