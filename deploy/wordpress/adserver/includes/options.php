<?php
/**
 * The plugin's settings: their defaults, and what is kept of what somebody typed. Without WordPress.
 */

namespace Adserver;

const OPTION  = 'adserver';
const OFF_KEY = '_adserver_off';

const SLOT_NAMES = array( 'before', 'inside', 'after', 'feed' );

const DEFAULTS = array(
	'base'          => '',
	'site'          => '',
	'reserve'       => true,
	'count_views'   => true,
	'before'        => '',
	'after'         => '',
	'inside'        => '',
	'paragraph'     => 2,
	'every'         => 0,
	'most'          => 1,
	'least'         => 4,
	'feed'          => '',
	'sections'      => true,
	'keywords'      => true,
	'city_field'    => '',
	'without_ads'   => array(),
);

/** The least and the most of each number. */
const LIMITS = array(
	'paragraph' => array( -50, 50 ),
	'every'     => array( 0, 50 ),
	'most'      => array( 1, 20 ),
	'least'     => array( 1, 100 ),
);

/** Returns all settings, of the right types, from what a form or the database has. */
function cleaned( $given ): array {
	$given = is_array( $given ) ? $given : array();
	$kept  = DEFAULTS;
	foreach ( $kept as $name => $default ) {
		$value = $given[ $name ] ?? ( is_bool( $default ) ? false : $default );
		if ( is_bool( $default ) ) {
			$kept[ $name ] = (bool) $value;
		} elseif ( is_int( $default ) ) {
			$kept[ $name ] = is_numeric( $value ) ? (int) $value : $default;
		} elseif ( is_array( $default ) ) {
			$kept[ $name ] = words( is_array( $value ) ? implode( ',', $value ) : (string) $value );
		} else {
			$kept[ $name ] = trim( is_scalar( $value ) ? (string) $value : '' );
		}
	}
	$kept['base'] = cleaned_base( $kept['base'] );
	foreach ( array_merge( array( 'site' ), SLOT_NAMES ) as $name ) {
		$kept[ $name ] = preg_match( '~^[^\s/"\'<>&?#,]{1,64}$~u', $kept[ $name ] ) ? $kept[ $name ] : '';
	}
	$kept['city_field'] = preg_match( '~^[\w-]{1,64}$~', $kept['city_field'] ) ? $kept['city_field'] : '';
	foreach ( LIMITS as $name => list( $least, $most ) ) {
		$kept[ $name ] = max( $least, min( $most, $kept[ $name ] ) );
	}
	$kept['paragraph'] = $kept['paragraph'] ?: DEFAULTS['paragraph'];
	return $kept;
}

/** Returns an address of a server, without what follows its path; '' for what is none. */
function cleaned_base( string $text ): string {
	if ( '' !== $text && false === strpos( $text, '://' ) ) {
		$text = "https://$text";
	}
	return preg_match( '~^https?://[a-z0-9.-]+(:\d{1,5})?(/[\w./-]*)?$~i', $text ) ? rtrim( $text, '/' ) : '';
}

/** Splits "afet, vefat" into its words. */
function words( string $text ): array {
	return array_values( array_unique( array_filter( array_map( 'trim', explode( ',', $text ) ), 'strlen' ) ) );
}

/** Reads "city=Antalya, keyword=deprem|afet" as a block's or widget's key-values. */
function read_key_values( string $text ): array {
	$values = array();
	foreach ( words( $text ) as $pair ) {
		list( $name, $value )    = array_pad( explode( '=', $pair, 2 ), 2, '' );
		$values[ trim( $name ) ] = explode( '|', $value );
	}
	return key_values( $values );
}
