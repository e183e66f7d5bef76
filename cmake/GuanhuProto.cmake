# Generated protobuf (and gRPC) code: one library for each package directory under proto/.
#
#   guanhu_proto(NAME store PROTOS guanhu/store/v1/trust.proto [DEPS options] [GRPC])
#
# makes the library `proto_store` (floor 0; target guanhu_proto_store) from files named relative to proto/.
# DEPS names other guanhu_proto libraries whose files are imported. GRPC also generates the services.
# The code is compiled with -O1 and without warnings: generated code is big, seldom hot and not ours to clean.

set(GUANHU_PROTO_OUT ${CMAKE_BINARY_DIR}/gen)

function(guanhu_proto)
  cmake_parse_arguments(A "GRPC" "NAME" "PROTOS;DEPS" ${ARGN})
  set(generated "")
  foreach(proto IN LISTS A_PROTOS)
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(outputs ${GUANHU_PROTO_OUT}/${stem}.pb.cc ${GUANHU_PROTO_OUT}/${stem}.pb.h)
    set(flags --cpp_out=${GUANHU_PROTO_OUT})
    if(A_GRPC)
      list(APPEND outputs ${GUANHU_PROTO_OUT}/${stem}.grpc.pb.cc ${GUANHU_PROTO_OUT}/${stem}.grpc.pb.h)
      list(APPEND flags --grpc_out=${GUANHU_PROTO_OUT} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    endif()
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${GUANHU_PROTO_OUT}
      COMMAND protobuf::protoc -I${PROJECT_SOURCE_DIR}/proto -I${Protobuf_INCLUDE_DIR} ${flags} ${proto}
      DEPENDS ${PROJECT_SOURCE_DIR}/proto/${proto}
      COMMENT "protoc ${proto}"
      VERBATIM)
    list(APPEND generated ${outputs})
  endforeach()
  set(lib guanhu_proto_${A_NAME})
  add_library(${lib} STATIC ${generated})
  add_library(guanhu::proto_${A_NAME} ALIAS ${lib})
  set_target_properties(${lib} PROPERTIES GUANHU_FLOOR 0 CXX_CLANG_TIDY "")
  target_include_directories(${lib} SYSTEM PUBLIC
    $<BUILD_INTERFACE:${GUANHU_PROTO_OUT}> $<INSTALL_INTERFACE:include/guanhu>)
  target_compile_options(${lib} PRIVATE -O1 -w)
  target_link_libraries(${lib} PUBLIC protobuf::libprotobuf)
  if(A_GRPC)
    target_link_libraries(${lib} PUBLIC gRPC::grpc++)
  endif()
  foreach(dep IN LISTS A_DEPS)
    target_link_libraries(${lib} PUBLIC guanhu_proto_${dep})
    # Imports are read by protoc while this library's code is generated.
    add_dependencies(${lib} guanhu_proto_${dep})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY GUANHU_LIBRARIES ${lib})
endfunction()
