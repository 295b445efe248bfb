# A pointer: the package is in the site-packages of the same prefix.
file(
  GLOB _wanco_configs
  "${CMAKE_CURRENT_LIST_DIR}/../../../lib*/python3*/site-packages/wanco/cmake/wanco-config.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/../../../lib/python3*/dist-packages/wanco/cmake/wanco-config.cmake")
if(_wanco_configs)
  list(GET _wanco_configs -1 _wanco_config)
  include("${_wanco_config}")
else()
  cmake_path(SET _wanco_prefix NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../../..")
  set(Wanco_FOUND FALSE)
  set(Wanco_NOT_FOUND_MESSAGE "the Python package wanco is not in ${_wanco_prefix}: set Wanco_DIR to what `wanco --cmake-dir` prints")
endif()
