/* Sizes, offsets and values of the PC/SC API; compiled once against pcsc-lite's headers and once
 * against ours. */
#include <stddef.h>

#define SIZE(type)       { "sizeof " #type, sizeof(type) },
#define AT(type, member) { #type "." #member, offsetof(type, member) },
#define VALUE(name)      { #name, (unsigned long)(name) },

#define ABI_ROWS                                                \
	SIZE(BYTE)                                              \
	SIZE(UCHAR)                                             \
	SIZE(WORD)                                              \
	SIZE(USHORT)                                            \
	SIZE(DWORD)                                             \
	SIZE(LONG)                                              \
	SIZE(ULONG)                                             \
	SIZE(BOOL)                                              \
	SIZE(LPCSTR)                                            \
	SIZE(SCARDCONTEXT)                                      \
	SIZE(SCARDHANDLE)                                       \
	SIZE(SCARD_READERSTATE)                                 \
	SIZE(SCARD_IO_REQUEST)                                  \
	SIZE(PCSC_TLV_STRUCTURE)                                \
	SIZE(PIN_VERIFY_STRUCTURE)                              \
	SIZE(PIN_MODIFY_STRUCTURE)                              \
	SIZE(PIN_PROPERTIES_STRUCTURE)                          \
	AT(SCARD_READERSTATE, szReader)                         \
	AT(SCARD_READERSTATE, pvUserData)                       \
	AT(SCARD_READERSTATE, dwCurrentState)                   \
	AT(SCARD_READERSTATE, dwEventState)                     \
	AT(SCARD_READERSTATE, cbAtr)                            \
	AT(SCARD_READERSTATE, rgbAtr)                           \
	AT(SCARD_IO_REQUEST, dwProtocol)                        \
	AT(SCARD_IO_REQUEST, cbPciLength)                       \
	AT(PIN_VERIFY_STRUCTURE, wPINMaxExtraDigit)             \
	AT(PIN_VERIFY_STRUCTURE, wLangId)                       \
	AT(PIN_VERIFY_STRUCTURE, bTeoPrologue)                  \
	AT(PIN_VERIFY_STRUCTURE, ulDataLength)                  \
	AT(PIN_VERIFY_STRUCTURE, abData)                        \
	AT(PIN_MODIFY_STRUCTURE, wPINMaxExtraDigit)             \
	AT(PIN_MODIFY_STRUCTURE, wLangId)                       \
	AT(PIN_MODIFY_STRUCTURE, bMsgIndex3)                    \
	AT(PIN_MODIFY_STRUCTURE, ulDataLength)                  \
	AT(PIN_MODIFY_STRUCTURE, abData)                        \
	AT(PIN_PROPERTIES_STRUCTURE, wLcdLayout)                \
	AT(PIN_PROPERTIES_STRUCTURE, bTimeOut2)                 \
	VALUE(MAX_ATR_SIZE)                                     \
	VALUE(SCARD_ATR_LENGTH)                                 \
	VALUE(MAX_READERNAME)                                   \
	VALUE(SCARD_S_SUCCESS)                                  \
	VALUE(SCARD_F_INTERNAL_ERROR)                           \
	VALUE(SCARD_E_CANCELLED)                                \
	VALUE(SCARD_E_INVALID_HANDLE)                           \
	VALUE(SCARD_E_INVALID_PARAMETER)                        \
	VALUE(SCARD_E_INVALID_TARGET)                           \
	VALUE(SCARD_E_NO_MEMORY)                                \
	VALUE(SCARD_F_WAITED_TOO_LONG)                          \
	VALUE(SCARD_E_INSUFFICIENT_BUFFER)                      \
	VALUE(SCARD_E_UNKNOWN_READER)                           \
	VALUE(SCARD_E_TIMEOUT)                                  \
	VALUE(SCARD_E_SHARING_VIOLATION)                        \
	VALUE(SCARD_E_NO_SMARTCARD)                             \
	VALUE(SCARD_E_UNKNOWN_CARD)                             \
	VALUE(SCARD_E_CANT_DISPOSE)                             \
	VALUE(SCARD_E_PROTO_MISMATCH)                           \
	VALUE(SCARD_E_NOT_READY)                                \
	VALUE(SCARD_E_INVALID_VALUE)                            \
	VALUE(SCARD_E_SYSTEM_CANCELLED)                         \
	VALUE(SCARD_F_COMM_ERROR)                               \
	VALUE(SCARD_F_UNKNOWN_ERROR)                            \
	VALUE(SCARD_E_INVALID_ATR)                              \
	VALUE(SCARD_E_NOT_TRANSACTED)                           \
	VALUE(SCARD_E_READER_UNAVAILABLE)                       \
	VALUE(SCARD_P_SHUTDOWN)                                 \
	VALUE(SCARD_E_PCI_TOO_SMALL)                            \
	VALUE(SCARD_E_READER_UNSUPPORTED)                       \
	VALUE(SCARD_E_DUPLICATE_READER)                         \
	VALUE(SCARD_E_CARD_UNSUPPORTED)                         \
	VALUE(SCARD_E_NO_SERVICE)                               \
	VALUE(SCARD_E_SERVICE_STOPPED)                          \
	VALUE(SCARD_E_UNEXPECTED)                               \
	VALUE(SCARD_E_UNSUPPORTED_FEATURE)                      \
	VALUE(SCARD_E_ICC_INSTALLATION)                         \
	VALUE(SCARD_E_ICC_CREATEORDER)                          \
	VALUE(SCARD_E_DIR_NOT_FOUND)                            \
	VALUE(SCARD_E_FILE_NOT_FOUND)                           \
	VALUE(SCARD_E_NO_DIR)                                   \
	VALUE(SCARD_E_NO_FILE)                                  \
	VALUE(SCARD_E_NO_ACCESS)                                \
	VALUE(SCARD_E_WRITE_TOO_MANY)                           \
	VALUE(SCARD_E_BAD_SEEK)                                 \
	VALUE(SCARD_E_INVALID_CHV)                              \
	VALUE(SCARD_E_UNKNOWN_RES_MNG)                          \
	VALUE(SCARD_E_NO_SUCH_CERTIFICATE)                      \
	VALUE(SCARD_E_CERTIFICATE_UNAVAILABLE)                  \
	VALUE(SCARD_E_NO_READERS_AVAILABLE)                     \
	VALUE(SCARD_E_COMM_DATA_LOST)                           \
	VALUE(SCARD_E_NO_KEY_CONTAINER)                         \
	VALUE(SCARD_E_SERVER_TOO_BUSY)                          \
	VALUE(SCARD_W_UNSUPPORTED_CARD)                         \
	VALUE(SCARD_W_UNRESPONSIVE_CARD)                        \
	VALUE(SCARD_W_UNPOWERED_CARD)                           \
	VALUE(SCARD_W_RESET_CARD)                               \
	VALUE(SCARD_W_REMOVED_CARD)                             \
	VALUE(SCARD_W_SECURITY_VIOLATION)                       \
	VALUE(SCARD_W_WRONG_CHV)                                \
	VALUE(SCARD_W_CHV_BLOCKED)                              \
	VALUE(SCARD_W_EOF)                                      \
	VALUE(SCARD_W_CANCELLED_BY_USER)                        \
	VALUE(SCARD_W_CARD_NOT_AUTHENTICATED)                   \
	VALUE(SCARD_AUTOALLOCATE)                               \
	VALUE(SCARD_SCOPE_USER)                                 \
	VALUE(SCARD_SCOPE_TERMINAL)                             \
	VALUE(SCARD_SCOPE_SYSTEM)                               \
	VALUE(SCARD_SCOPE_GLOBAL)                               \
	VALUE(SCARD_PROTOCOL_UNDEFINED)                         \
	VALUE(SCARD_PROTOCOL_UNSET)                             \
	VALUE(SCARD_PROTOCOL_T0)                                \
	VALUE(SCARD_PROTOCOL_T1)                                \
	VALUE(SCARD_PROTOCOL_RAW)                               \
	VALUE(SCARD_PROTOCOL_T15)                               \
	VALUE(SCARD_PROTOCOL_ANY)                               \
	VALUE(SCARD_SHARE_EXCLUSIVE)                            \
	VALUE(SCARD_SHARE_SHARED)                               \
	VALUE(SCARD_SHARE_DIRECT)                               \
	VALUE(SCARD_LEAVE_CARD)                                 \
	VALUE(SCARD_RESET_CARD)                                 \
	VALUE(SCARD_UNPOWER_CARD)                               \
	VALUE(SCARD_EJECT_CARD)                                 \
	VALUE(SCARD_UNKNOWN)                                    \
	VALUE(SCARD_ABSENT)                                     \
	VALUE(SCARD_PRESENT)                                    \
	VALUE(SCARD_SWALLOWED)                                  \
	VALUE(SCARD_POWERED)                                    \
	VALUE(SCARD_NEGOTIABLE)                                 \
	VALUE(SCARD_SPECIFIC)                                   \
	VALUE(SCARD_STATE_UNAWARE)                              \
	VALUE(SCARD_STATE_IGNORE)                               \
	VALUE(SCARD_STATE_CHANGED)                              \
	VALUE(SCARD_STATE_UNKNOWN)                              \
	VALUE(SCARD_STATE_UNAVAILABLE)                          \
	VALUE(SCARD_STATE_EMPTY)                                \
	VALUE(SCARD_STATE_PRESENT)                              \
	VALUE(SCARD_STATE_ATRMATCH)                             \
	VALUE(SCARD_STATE_EXCLUSIVE)                            \
	VALUE(SCARD_STATE_INUSE)                                \
	VALUE(SCARD_STATE_MUTE)                                 \
	VALUE(SCARD_STATE_UNPOWERED)                            \
	VALUE(INFINITE)                                         \
	VALUE(PCSCLITE_MAX_READERS_CONTEXTS)                    \
	VALUE(MAX_BUFFER_SIZE)                                  \
	VALUE(MAX_BUFFER_SIZE_EXTENDED)                         \
	VALUE(SCARD_CLASS_VENDOR_INFO)                          \
	VALUE(SCARD_CLASS_COMMUNICATIONS)                       \
	VALUE(SCARD_CLASS_PROTOCOL)                             \
	VALUE(SCARD_CLASS_POWER_MGMT)                           \
	VALUE(SCARD_CLASS_SECURITY)                             \
	VALUE(SCARD_CLASS_MECHANICAL)                           \
	VALUE(SCARD_CLASS_VENDOR_DEFINED)                       \
	VALUE(SCARD_CLASS_IFD_PROTOCOL)                         \
	VALUE(SCARD_CLASS_ICC_STATE)                            \
	VALUE(SCARD_CLASS_SYSTEM)                               \
	VALUE(SCARD_ATTR_VENDOR_NAME)                           \
	VALUE(SCARD_ATTR_VENDOR_IFD_TYPE)                       \
	VALUE(SCARD_ATTR_VENDOR_IFD_VERSION)                    \
	VALUE(SCARD_ATTR_VENDOR_IFD_SERIAL_NO)                  \
	VALUE(SCARD_ATTR_CHANNEL_ID)                            \
	VALUE(SCARD_ATTR_ASYNC_PROTOCOL_TYPES)                  \
	VALUE(SCARD_ATTR_DEFAULT_CLK)                           \
	VALUE(SCARD_ATTR_MAX_CLK)                               \
	VALUE(SCARD_ATTR_DEFAULT_DATA_RATE)                     \
	VALUE(SCARD_ATTR_MAX_DATA_RATE)                         \
	VALUE(SCARD_ATTR_MAX_IFSD)                              \
	VALUE(SCARD_ATTR_SYNC_PROTOCOL_TYPES)                   \
	VALUE(SCARD_ATTR_POWER_MGMT_SUPPORT)                    \
	VALUE(SCARD_ATTR_USER_TO_CARD_AUTH_DEVICE)              \
	VALUE(SCARD_ATTR_USER_AUTH_INPUT_DEVICE)                \
	VALUE(SCARD_ATTR_CHARACTERISTICS)                       \
	VALUE(SCARD_ATTR_CURRENT_PROTOCOL_TYPE)                 \
	VALUE(SCARD_ATTR_CURRENT_CLK)                           \
	VALUE(SCARD_ATTR_CURRENT_F)                             \
	VALUE(SCARD_ATTR_CURRENT_D)                             \
	VALUE(SCARD_ATTR_CURRENT_N)                             \
	VALUE(SCARD_ATTR_CURRENT_W)                             \
	VALUE(SCARD_ATTR_CURRENT_IFSC)                          \
	VALUE(SCARD_ATTR_CURRENT_IFSD)                          \
	VALUE(SCARD_ATTR_CURRENT_BWT)                           \
	VALUE(SCARD_ATTR_CURRENT_CWT)                           \
	VALUE(SCARD_ATTR_CURRENT_EBC_ENCODING)                  \
	VALUE(SCARD_ATTR_EXTENDED_BWT)                          \
	VALUE(SCARD_ATTR_ICC_PRESENCE)                          \
	VALUE(SCARD_ATTR_ICC_INTERFACE_STATUS)                  \
	VALUE(SCARD_ATTR_CURRENT_IO_STATE)                      \
	VALUE(SCARD_ATTR_ATR_STRING)                            \
	VALUE(SCARD_ATTR_ICC_TYPE_PER_ATR)                      \
	VALUE(SCARD_ATTR_ESC_RESET)                             \
	VALUE(SCARD_ATTR_ESC_CANCEL)                            \
	VALUE(SCARD_ATTR_ESC_AUTHREQUEST)                       \
	VALUE(SCARD_ATTR_MAXINPUT)                              \
	VALUE(SCARD_ATTR_DEVICE_UNIT)                           \
	VALUE(SCARD_ATTR_DEVICE_IN_USE)                         \
	VALUE(SCARD_ATTR_DEVICE_FRIENDLY_NAME_A)                \
	VALUE(SCARD_ATTR_DEVICE_SYSTEM_NAME_A)                  \
	VALUE(SCARD_ATTR_DEVICE_FRIENDLY_NAME_W)                \
	VALUE(SCARD_ATTR_DEVICE_SYSTEM_NAME_W)                  \
	VALUE(SCARD_ATTR_SUPRESS_T1_IFS_REQUEST)                \
	VALUE(SCARD_ATTR_DEVICE_FRIENDLY_NAME)                  \
	VALUE(SCARD_ATTR_DEVICE_SYSTEM_NAME)                    \
	VALUE(CM_IOCTL_GET_FEATURE_REQUEST)                     \
	VALUE(FEATURE_VERIFY_PIN_START)                         \
	VALUE(FEATURE_VERIFY_PIN_FINISH)                        \
	VALUE(FEATURE_MODIFY_PIN_START)                         \
	VALUE(FEATURE_MODIFY_PIN_FINISH)                        \
	VALUE(FEATURE_GET_KEY_PRESSED)                          \
	VALUE(FEATURE_VERIFY_PIN_DIRECT)                        \
	VALUE(FEATURE_MODIFY_PIN_DIRECT)                        \
	VALUE(FEATURE_MCT_READER_DIRECT)                        \
	VALUE(FEATURE_MCT_UNIVERSAL)                            \
	VALUE(FEATURE_IFD_PIN_PROPERTIES)                       \
	VALUE(FEATURE_ABORT)                                    \
	VALUE(FEATURE_SET_SPE_MESSAGE)                          \
	VALUE(FEATURE_VERIFY_PIN_DIRECT_APP_ID)                 \
	VALUE(FEATURE_MODIFY_PIN_DIRECT_APP_ID)                 \
	VALUE(FEATURE_WRITE_DISPLAY)                            \
	VALUE(FEATURE_GET_KEY)                                  \
	VALUE(FEATURE_IFD_DISPLAY_PROPERTIES)                   \
	VALUE(FEATURE_GET_TLV_PROPERTIES)                       \
	VALUE(FEATURE_CCID_ESC_COMMAND)                         \
	VALUE(FEATURE_EXECUTE_PACE)                             \
	VALUE(PCSCv2_PART10_PROPERTY_wLcdLayout)                \
	VALUE(PCSCv2_PART10_PROPERTY_bEntryValidationCondition) \
	VALUE(PCSCv2_PART10_PROPERTY_bTimeOut2)                 \
	VALUE(PCSCv2_PART10_PROPERTY_wLcdMaxCharacters)         \
	VALUE(PCSCv2_PART10_PROPERTY_wLcdMaxLines)              \
	VALUE(PCSCv2_PART10_PROPERTY_bMinPINSize)               \
	VALUE(PCSCv2_PART10_PROPERTY_bMaxPINSize)               \
	VALUE(PCSCv2_PART10_PROPERTY_sFirmwareID)               \
	VALUE(PCSCv2_PART10_PROPERTY_bPPDUSupport)              \
	VALUE(PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize)         \
	VALUE(PCSCv2_PART10_PROPERTY_wIdVendor)                 \
	VALUE(PCSCv2_PART10_PROPERTY_wIdProduct)                \
	VALUE(SCARD_CTL_CODE(7))
