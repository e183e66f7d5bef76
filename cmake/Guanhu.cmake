# Every target of the house is made here, so that floors, warnings and output folders have one place.
#
#   guanhu_library(NAME model FLOOR 1 SOURCES a.cc b.cc DEPS base LINK absl::status)
#   guanhu_program(NAME guanhu-node FLOOR 8 SOURCES main.cc DEPS server_app)
#   guanhu_test(NAME model_record_test SOURCES record_test.cc DEPS model [LABELS crash] [TIMEOUT s])
#
# DEPS names other Guanhu libraries; each must stand on a strictly lower floor, or configuring stops.

include(${CMAKE_CURRENT_LIST_DIR}/HouseLinks.cmake)

option(GUANHU_WERROR "Treat warnings as errors" ON)

add_library(guanhu_warnings INTERFACE)
target_compile_options(guanhu_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>          # gcc 12 reports "x" + std::to_string(n) by mistake
  $<$<BOOL:${GUANHU_WERROR}>:-Werror>)

function(guanhu_check_floor name floor)
  foreach(dep IN LISTS ARGN)
    if(NOT TARGET guanhu_${dep})
      message(FATAL_ERROR "${name}: no Guanhu library '${dep}' (libraries are added from the ground floor up)")
    endif()
    get_target_property(dep_floor guanhu_${dep} GUANHU_FLOOR)
    if(NOT dep_floor LESS floor)
      message(FATAL_ERROR
        "floor violation: ${name} (floor ${floor}) may not use ${dep} (floor ${dep_floor}); "
        "a target uses strictly lower floors only")
    endif()
  endforeach()
endfunction()

function(guanhu_prefixed out)
  set(result "")
  foreach(dep IN LISTS ARGN)
    list(APPEND result guanhu_${dep})
  endforeach()
  set(${out} "${result}" PARENT_SCOPE)
endfunction()

function(guanhu_library)
  cmake_parse_arguments(A "" "NAME;FLOOR" "SOURCES;DEPS;LINK;PRIVATE_LINK" ${ARGN})
  guanhu_check_floor(${A_NAME} ${A_FLOOR} ${A_DEPS})
  guanhu_prefixed(deps ${A_DEPS})
  add_library(guanhu_${A_NAME} STATIC ${A_SOURCES})
  add_library(guanhu::${A_NAME} ALIAS guanhu_${A_NAME})
  set_target_properties(guanhu_${A_NAME} PROPERTIES GUANHU_FLOOR ${A_FLOOR})
  target_include_directories(guanhu_${A_NAME} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/guanhu>)
  target_link_libraries(guanhu_${A_NAME}
    PUBLIC ${deps} ${A_LINK}
    PRIVATE ${A_PRIVATE_LINK} $<BUILD_INTERFACE:guanhu_warnings>)
  set_property(GLOBAL APPEND PROPERTY GUANHU_LIBRARIES guanhu_${A_NAME})
  guanhu_link_check(${A_NAME})
endfunction()

function(guanhu_program)
  cmake_parse_arguments(A "" "NAME;FLOOR" "SOURCES;DEPS;LINK" ${ARGN})
  guanhu_check_floor(${A_NAME} ${A_FLOOR} ${A_DEPS})
  guanhu_prefixed(deps ${A_DEPS})
  add_executable(${A_NAME} ${A_SOURCES})
  set_target_properties(${A_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  target_include_directories(${A_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${A_NAME} PRIVATE ${deps} ${A_LINK} guanhu_warnings)
endfunction()

function(guanhu_test)
  cmake_parse_arguments(A "" "NAME;TIMEOUT" "SOURCES;DEPS;LINK;LABELS;ARGS" ${ARGN})
  guanhu_prefixed(deps ${A_DEPS})
  add_executable(${A_NAME} ${A_SOURCES})
  target_include_directories(${A_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${A_NAME} PRIVATE ${deps} ${A_LINK} GTest::gmock GTest::gtest GTest::gtest_main guanhu_warnings)
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 120)
  endif()
  add_test(NAME ${A_NAME} COMMAND ${A_NAME} ${A_ARGS})
  set_tests_properties(${A_NAME} PROPERTIES TIMEOUT ${A_TIMEOUT} LABELS "${A_LABELS}")
endfunction()
