# What `wanco compile` is told, and what is compiled for one instruction set beside the module.
#
# The options are a file that is written only when it changes, and it names the compiler by a hash
# over its files: it stands for all options, and for the compiler, in the build's dependencies.
include_guard()

# Writes the options of the arguments under `prefix` for an instruction set to the file `path`, with
# EXTRA ones and OBJECTS that are linked.
function(_wanco_write_options path module isa prefix)
  cmake_parse_arguments(PARSE_ARGV 4 arg "" "" "EXTRA;OBJECTS")
  _wanco_warn_of_unknown(${CMAKE_CURRENT_FUNCTION} "${arg_UNPARSED_ARGUMENTS}")
  set(words
      "${module}" --target ${isa} ${arg_EXTRA} -O${${prefix}_OPTIMIZE} --cf-protection=${${prefix}_CF_PROTECTION}
      --poll-interval=${${prefix}_POLL_INTERVAL})
  if(DEFINED ${prefix}_CPU)
    list(APPEND words "--cpu=${${prefix}_CPU}")
  endif()
  if(${prefix}_NO_CHECKPOINT)
    list(APPEND words --no-checkpoint)
  endif()
  foreach(value IN LISTS ${prefix}_GLOBALS)
    list(APPEND words "--global=${value}")
  endforeach()
  foreach(object IN LISTS arg_OBJECTS)
    list(APPEND words "--link=${object}")
  endforeach()
  list(JOIN words "\n" lines)
  file(GENERATE OUTPUT "${path}" CONTENT "# compiler ${_Wanco_COMPILER}\n${lines}\n")
endfunction()

# Host functions, compiled for the instruction set with FLAGS in the folder WORK; MODEL says for
# which kind of executable. OBJECTS names the result.
function(_wanco_add_host_objects caller target isa prefix)
  cmake_parse_arguments(PARSE_ARGV 4 arg "" "WORK;MODEL;OBJECTS" "FLAGS")
  _wanco_warn_of_unknown(${CMAKE_CURRENT_FUNCTION} "${arg_UNPARSED_ARGUMENTS}")
  set(objects)
  if(DEFINED ${prefix}_HOST_SOURCES)
    separate_arguments(target_flags UNIX_COMMAND "${Wanco_C_FLAGS_${isa}}")
    _wanco_add_objects("${caller}" ${target}
      SOURCES ${${prefix}_HOST_SOURCES}
      FLAGS -target ${isa}-linux-musl ${target_flags} ${arg_MODEL} -fno-stack-protector "-I${Wanco_INCLUDE_DIR}" ${arg_FLAGS}
      FOLDER "${arg_WORK}/host-${isa}" SIGNATURE "${arg_WORK}/host-${isa}.flags"
      OBJECTS objects)
  endif()
  set(${arg_OBJECTS} "${objects}" PARENT_SCOPE)
endfunction()
